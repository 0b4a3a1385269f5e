import { defineEvents } from '@org/events';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openLevelLog } from '../../src/level/level-log.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import type { EventLog } from '../../src/store/event-log.ts';
import { createMemoryLog } from '../../src/store/memory-log.ts';
import { collect } from '../../src/testing/collect.ts';
import { temporaryFolder } from '../level/temporary-folder.ts';

const catalog = defineEvents({ NOTE: z.object({ n: z.number() }), SELDOM: z.object({}) });
const total = 5_000;

/** A store of 5 000 events, of which task `rare` has every 1 000th, and how many events its log was asked for. */
async function filled(log: EventLog = createMemoryLog()) {
  const asked = { ranges: 0, places: 0 };
  const counting: EventLog = {
    ...log,
    async readRange(from, to, direction) {
      const events = await log.readRange(from, to, direction);
      asked.ranges += events.length;
      return events;
    },
    async readMany(sequences, taskId) {
      asked.places += sequences.length;
      return log.readMany(sequences, taskId);
    },
  };
  const store = createEventStore(catalog, counting);
  for (let n = 0; n < total; n += 1_000) {
    const notes = Array.from({ length: 998 }, (_, i) => ({
      eventType: 'NOTE' as const,
      data: { n: n + i },
    }));
    await store.appendMany([
      { taskId: 'frequent', events: notes },
      { taskId: 'rare', events: [{ eventType: 'NOTE', data: { n } }] },
      { taskId: 'frequent', events: [{ eventType: 'SELDOM', data: {} }] },
    ]);
  }
  return { store, asked };
}

describe('a read', () => {
  for (const direction of ['forward', 'backward'] as const) {
    it(`has constant memory: ${direction}, the log gives two pages at most before the first is used up`, async () => {
      const { store, asked } = await filled();
      let used = 0;
      let held = 0;
      for await (const _ of store.read({ direction })) {
        used += 1;
        held = Math.max(held, asked.ranges - used);
      }
      expect(held).toBeLessThan(2_000);
      expect([used, asked.ranges]).toEqual([total, total]);
    });
  }

  it('of one task, of one type or of an id costs as much as it gives, not as much as is stored', async () => {
    const onDisk = await openLevelLog(await temporaryFolder(), {
      runLength: 700,
      windowLength: 1_500,
    });
    for (const log of [createMemoryLog(), onDisk]) {
      const { store, asked } = await filled(log);
      if (log === onDisk) await onDisk.seal();
      const cost = async (read: () => Promise<unknown>) => {
        Object.assign(asked, { ranges: 0, places: 0 });
        await read();
        return asked.ranges + asked.places;
      };
      expect(await cost(() => store.getEvents('rare'))).toBe(5);
      expect(await cost(() => collect(store.read({ eventTypes: ['SELDOM'] })))).toBe(5);
      expect(await cost(() => collect(store.read({ taskId: 'frequent', limit: 3 })))).toBe(3);
      const [event] = await store.getEvents('rare', { afterSequence: 2_000 });
      expect(await cost(() => store.getEvent(event?.eventId ?? ''))).toBe(1);
      expect(await cost(() => store.getEvents('nobody'))).toBe(0);
      await store.close();
    }
  });
});

describe('a subscriber that stands still', () => {
  it('has nothing kept for it: the log is read when it goes on, a page at a time', async () => {
    const { store, asked } = await filled();
    const slow = store.subscribe({ after: 'head' })[Symbol.asyncIterator]();
    expect((await slow.next()).value.kind).toBe('caught-up');
    const notes = Array.from({ length: 3_000 }, () => ({
      eventType: 'NOTE' as const,
      data: { n: 1 },
    }));
    const next = slow.next(); // it waits, and then it is given one event and does not ask for another
    await store.append('frequent', notes);
    expect((await next).value.event.sequence).toBe(total + 1);
    await store.append('frequent', notes);
    expect(asked.ranges).toBeLessThanOrEqual(2_000);
    const seen = [total + 1];
    while (seen.length < 6_000) seen.push((await slow.next()).value.event.sequence);
    expect(seen).toEqual(Array.from({ length: 6_000 }, (_, i) => total + 1 + i));
    await slow.return?.();
  });
});
