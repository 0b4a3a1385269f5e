import { fromJSON, isEventsError } from '@org/events';
import { describe, expect, it } from 'vitest';
import { createGroupEncoder, openGroup } from '../../src/level/record-group.ts';
import { checkLink } from '../../src/level/stored-record.ts';
import { bodyText, placeText } from '../../src/record-text.ts';
import type { LogRecord } from '../../src/store/event-log.ts';

function recordOf(sequence: number, text = 'é🙂\n'): LogRecord {
  const event = fromJSON({
    sequence,
    version: sequence,
    eventId: `0190a000-0000-7000-8000-${String(sequence).padStart(12, '0')}`,
    taskId: 't',
    eventType: 'NOTE',
    timestamp: '2026-11-29T10:00:00.000Z',
    data: { text },
  });
  const streamClock = sequence % 2 === 0 ? { main: sequence, ü: 1 } : null;
  return { event, place: placeText(event), body: bodyText(event), streamClock };
}

function encode(records: readonly LogRecord[]) {
  const groups: { last: number; value: Buffer }[] = [];
  const hash = createGroupEncoder()('', records, (last, value) => {
    groups.push({ last, value: Buffer.from(value) });
  });
  return { groups, hash };
}

describe('a group of records', () => {
  it('gives each record as it was, in any order, in one chain over all groups', () => {
    const large = 'x'.repeat(100_000);
    const records = Array.from({ length: 200 }, (_, i) =>
      recordOf(i + 1, i === 70 ? large : 'é🙂\n'),
    );
    const { groups, hash } = encode(records);
    expect(groups.map(({ last }) => last)).toEqual([
      16, 32, 48, 64, 71, 87, 103, 119, 135, 151, 167, 183, 199, 200,
    ]);
    let previous = '';
    let next = 1;
    for (const { last, value } of groups) {
      const group = openGroup(value.toString());
      expect(group.read(last).event).toEqual(records[last - 1]?.event);
      for (; next <= last; next++) {
        const record = group.read(next);
        expect(record.event).toEqual(records[next - 1]?.event);
        expect(record.streamClock).toEqual(records[next - 1]?.streamClock);
        checkLink(previous, record);
        previous = record.hash;
      }
    }
    expect(previous).toBe(hash);
  });

  it('loses at most two records to a flipped bit, wherever it is, and never gives a wrong one', () => {
    const records = [1, 2, 3, 4].map((sequence) => recordOf(sequence, 'é'));
    const [{ value } = { value: Buffer.alloc(0) }] = encode(records).groups;
    for (let bit = 0; bit < value.length * 8; bit++) {
      const flipped = Buffer.from(value);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const group = openGroup(flipped.toString());
      const read = records.filter(({ event }) => {
        try {
          const { text } = group.read(event.sequence);
          if (text !== JSON.stringify(event)) throw new Error(`bit ${bit}: ${text}`);
          return true;
        } catch (error) {
          if (isEventsError(error, 'INTEGRITY')) return false;
          throw error;
        }
      });
      expect(read.length, `bit ${bit}`).toBeGreaterThanOrEqual(2);
      expect(read.length, `bit ${bit}`).toBeLessThan(4);
    }
  });
});
