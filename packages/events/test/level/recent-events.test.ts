import { type AnyEvent, defineEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from './temporary-folder.ts';

const catalog = defineEvents({ NOTED: z.object({ text: z.string() }) });
const noted = (text: string) => ({ eventType: 'NOTED', data: { text } }) as const;

async function openStore() {
  return openLevelEventStore({ path: await temporaryFolder(), catalog });
}

async function readAll(pages: AsyncIterable<readonly AnyEvent[]>): Promise<readonly AnyEvent[]> {
  const events: AnyEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
}

describe('the newest events', () => {
  it('who follows the log is given the very events that were appended, not copies by way of the disk', async () => {
    await using store = await openStore();
    const following = store.subscribe({ after: 'head' })[Symbol.asyncIterator]();
    expect(await following.next()).toMatchObject({ value: { kind: 'caught-up' } });
    for (const text of ['one', 'two', 'three']) {
      const next = following.next();
      const { events } = await store.append(text, noted(text));
      const { value } = await next;
      expect(value?.kind === 'event' && value.event).toBe(events[0]);
    }
    await following.return?.();
  });

  it('are read with older ones as one log, whatever their sizes and wherever the reading begins', async () => {
    await using store = await openStore();
    const appended: AnyEvent[] = [];
    // Less, just as much and more than is kept of the newest.
    for (const length of [10, 100_000, 100_000, 300_000, 1, 5_000, 5_000, 200_000, 70_000, 20]) {
      const texts = Array.from({ length: 3 }, () => noted('x'.repeat(length / 3)));
      appended.push(...(await store.append('task', texts)).events);
      await store.writeCheckpoint({ name: 'reader', sequence: appended.length, state: null });
      for (let after = 0; after < appended.length; after++) {
        expect(await readAll(store.readPages({ afterSequence: after }))).toEqual(
          appended.slice(after),
        );
      }
      const middle = { afterSequence: appended.length - 3, until: appended.length - 1 };
      expect(await readAll(store.readPages(middle))).toEqual(appended.slice(-3, -1));
    }
  });
});
