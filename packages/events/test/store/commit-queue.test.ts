import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMemoryEventStore, defineEvents } from '../../src/index.ts';

const catalog = defineEvents({ NOTE: z.object({}) });
const note = { eventType: 'NOTE', data: {} } as const;

describe('the commit queue', () => {
  it('listens to a signal only as long as the append waits', async () => {
    const store = createMemoryEventStore(catalog);
    const { signal } = new AbortController();
    const appends = Array.from({ length: 20 }, () => store.append('a', note, { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(20);
    await Promise.all(appends);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('frees the room of what its caller gave up', async () => {
    const store = createMemoryEventStore(catalog);
    const aborted = new AbortController();
    const given = [store.append('a', note), store.append('a', note, { signal: aborted.signal })];
    aborted.abort(new Error('enough'));
    const [first, second] = await Promise.allSettled(given);
    expect(first?.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
    expect(store.health().queued).toEqual({ events: 0, bytes: 0 });
  });
});
