import assert from 'node:assert/strict';
import type { StoreCase } from './contract-backend.ts';
import { placed } from './contract-catalog.ts';

/** Vector clocks and causes, made inside the commit. */
export const clockCases: readonly StoreCase[] = [
  [
    'each event ticks the clock of its process in its stream',
    async (store) => {
      await store.append('a', [placed('x'), placed('y')]);
      await store.append('a', placed('z'), { process: 'worker' });
      await store.append('b', placed('w'), { process: 'worker' });
      const clocks = (await store.getEvents('a')).map((event) => event.vectorClock);
      assert.deepEqual(clocks, [{ main: 1 }, { main: 2 }, { main: 2, worker: 1 }]);
      assert.deepEqual((await store.taskHead('b'))?.vectorClock, { worker: 1 });
    },
  ],
  [
    'concurrent appends of two processes to one stream lose no tick',
    async (store) => {
      const processes = Array.from({ length: 20 }, (_, i) => `p${i % 2}`);
      await Promise.all(processes.map((process) => store.append('a', placed('x'), { process })));
      assert.deepEqual((await store.taskHead('a'))?.vectorClock, { p0: 10, p1: 10 });
    },
  ],
  [
    'causedBy merges the clocks of the causes, also of other streams, and is the default causationId',
    async (store) => {
      const { events } = await store.append('a', placed('x'), { process: 'planner' });
      const [cause] = events;
      assert.ok(cause);
      const effect = await store.append('b', [placed('y'), placed('z', { causationId: 'other' })], {
        process: 'worker',
        causedBy: cause.eventId,
      });
      assert.deepEqual(
        effect.events.map(({ vectorClock, causationId }) => [vectorClock, causationId]),
        [
          [{ planner: 1, worker: 1 }, cause.eventId],
          [{ planner: 1, worker: 2 }, 'other'],
        ],
      );
    },
  ],
  [
    'a cause that is not stored is refused',
    async (store) => {
      const causedBy = '0190a000-0000-7000-8000-000000000001';
      const refused = store.append('a', placed('x'), { causedBy });
      await assert.rejects(refused, { code: 'UNKNOWN_CAUSE', eventId: causedBy });
      const malformed = store.append('a', placed('x'), { causedBy: 'yesterday' });
      await assert.rejects(malformed, { code: 'INVALID_EVENT', path: 'causedBy' });
    },
  ],
  [
    'a cause may be queued right before its effect',
    async (store) => {
      const eventId = '0190a000-0000-7000-8000-000000000001';
      const cause = store.append('a', placed('x', { eventId }), { process: 'p' });
      const effect = store.append('b', placed('y'), { causedBy: eventId, process: 'q' });
      await cause;
      assert.deepEqual((await effect).events[0]?.vectorClock, { p: 1, q: 1 });
    },
  ],
  [
    'an explicit clock is stored as it is and its knowledge kept, {} too',
    async (store) => {
      await store.append('a', placed('x', { vectorClock: { p1: 2, p2: 1 } }), { process: 'p1' });
      await store.append('a', placed('y', { vectorClock: { p1: 1, p2: 2 } }), { process: 'p2' });
      await store.append('a', placed('z', { vectorClock: {} }));
      assert.deepEqual((await store.taskHead('a'))?.vectorClock, { p1: 2, p2: 2 });
      const { events } = await store.append('a', placed('w'), { process: 'p3' });
      assert.deepEqual(events[0]?.vectorClock, { p1: 2, p2: 2, p3: 1 });
      const clocks = (await store.getEvents('a')).map((event) => event.vectorClock);
      assert.deepEqual(clocks.slice(0, 3), [{ p1: 2, p2: 1 }, { p1: 1, p2: 2 }, {}]);
    },
  ],
  [
    'what a stream knows survives a reopen, also behind a concurrent explicit clock',
    async (store, subject) => {
      if (!subject.reopen) return;
      await store.append('a', placed('x', { vectorClock: { p1: 2 } }), { process: 'p1' });
      await store.append('a', placed('y', { vectorClock: { p2: 1 } }), { process: 'p2' });
      await store.close();
      const again = await subject.reopen();
      const { events } = await again.append('a', placed('z'), { process: 'p3' });
      assert.deepEqual(events[0]?.vectorClock, { p1: 2, p2: 1, p3: 1 });
    },
  ],
  [
    'an explicit clock that goes backwards for its own process is a regression: the id is used twice',
    async (store) => {
      await store.append('a', placed('x', { vectorClock: { p1: 5 } }), { process: 'p1' });
      const backwards = placed('y', { vectorClock: { p1: 4, p2: 9 } });
      await assert.rejects(store.append('a', backwards, { process: 'p1' }), {
        code: 'CLOCK_REGRESSION',
        process: 'p1',
        given: 4,
        known: 5,
      });
      // For another process it is only late knowledge; and clocks are per stream.
      await store.append('a', backwards, { process: 'p2' });
      await store.append('b', backwards, { process: 'p1' });
    },
  ],
  [
    'a clock with anything but integers from 0 to MAX_SAFE_INTEGER is refused with process and value',
    async (store) => {
      for (const count of [-1, 1.5, Number.NaN, 2 ** 63, '1' as unknown as number]) {
        const event = placed('x', { vectorClock: { p1: 0, broken: count } });
        await assert.rejects(store.append('a', event), {
          code: 'INVALID_VECTOR_CLOCK',
          process: 'broken',
          value: count,
        });
      }
      const largest = { vectorClock: { p1: 0, p2: Number.MAX_SAFE_INTEGER } };
      await store.append('a', placed('x', largest));
      assert.deepEqual((await store.getEvents('a'))[0]?.vectorClock, largest.vectorClock);
      await assert.rejects(store.append('a', placed('y'), { process: 'p2' }), RangeError);
    },
  ],
];
