import assert from 'node:assert/strict';
import type { ReadQuery } from '../store/event-store.ts';
import { collect, upTo } from './collect.ts';
import type { ContractStore, StoreCase } from './contract-backend.ts';
import { note, placed } from './contract-catalog.ts';

const day = (text: string) => Date.parse(`${text}T12:00:00.000Z`);

async function sequences(store: ContractStore, query: ReadQuery): Promise<number[]> {
  return (await collect(store.read(query))).map((event) => event.sequence);
}

/** Ten events: a, b, a, b … of which each third is an ORDER_SHIPPED. */
async function fill(store: ContractStore): Promise<void> {
  for (const i of upTo(10)) {
    const event =
      i % 3 === 0
        ? ({ eventType: 'ORDER_SHIPPED', data: { carrier: `${i}` } } as const)
        : placed(`${i}`);
    await store.append(i % 2 === 0 ? 'b' : 'a', event);
  }
}

/** Reading by sequence, task, type and time. */
export const readCases: readonly StoreCase[] = [
  [
    'backward up to a time, a limit takes the newest before it, not the newest of the oldest',
    async (store) => {
      await fill(store);
      const until = '2100-01-01';
      const newest = { until, direction: 'backward', limit: 3 } as const;
      assert.deepEqual(await sequences(store, newest), [10, 9, 8]);
      const shipped = { ...newest, eventTypes: ['ORDER_SHIPPED'] };
      assert.deepEqual(await sequences(store, shipped), [9, 6, 3]);
      assert.deepEqual(
        await sequences(store, { ...shipped, direction: 'forward', limit: 2 }),
        [3, 6],
      );
    },
  ],
  [
    'gate 1.4: getEvents("task-A") gives only task-A\'s events; with afterSequence: 5 only later ones',
    async (store) => {
      for (const i of upTo(10)) await store.append(i % 2 ? 'task-A' : 'task-B', placed(`${i}`));
      const all = await store.getEvents('task-A');
      assert.deepEqual(
        all.map(({ taskId, sequence }) => [taskId, sequence]),
        [1, 3, 5, 7, 9].map((sequence) => ['task-A', sequence]),
      );
      const later = await store.getEvents('task-A', { afterSequence: 5 });
      assert.deepEqual(
        later.map((event) => event.sequence),
        [7, 9],
      );
    },
  ],
  [
    'an empty store reads as nothing; an unknown task as []',
    async (store) => {
      assert.deepEqual(await collect(store.read()), []);
      assert.deepEqual(await collect(store.read({ direction: 'backward' })), []);
      assert.deepEqual(await store.getEvents('nobody'), []);
      assert.equal(await store.taskHead('nobody'), undefined);
      assert.equal(await store.getEvent('0190a000-0000-7000-8000-000000000001'), undefined);
      assert.deepEqual(await store.head(), { sequence: 0, hash: '' });
    },
  ],
  [
    'a negative afterSequence counts as 0; one beyond the head reads nothing',
    async (store) => {
      await fill(store);
      assert.equal((await store.getEvents('a', { afterSequence: -7 })).length, 5);
      assert.deepEqual(await sequences(store, { afterSequence: -1 }), upTo(10));
      assert.deepEqual(await sequences(store, { afterSequence: 10 }), []);
      assert.deepEqual(await sequences(store, { afterSequence: 1_000 }), []);
    },
  ],
  [
    'afterSequence is exclusive, until inclusive, in both directions',
    async (store) => {
      await fill(store);
      const bounds = { afterSequence: 3, until: 7 };
      assert.deepEqual(await sequences(store, bounds), [4, 5, 6, 7]);
      assert.deepEqual(await sequences(store, { ...bounds, direction: 'backward' }), [7, 6, 5, 4]);
      assert.deepEqual(await sequences(store, { until: 0 }), []);
      assert.deepEqual(await sequences(store, { until: 1_000 }), upTo(10));
    },
  ],
  [
    'limit counts what is given, and 0 gives nothing',
    async (store) => {
      await fill(store);
      assert.deepEqual(await sequences(store, { limit: 3 }), [1, 2, 3]);
      assert.deepEqual(await sequences(store, { limit: 2, direction: 'backward' }), [10, 9]);
      assert.deepEqual(await sequences(store, { limit: 0 }), []);
      assert.deepEqual(await sequences(store, { limit: 2, eventTypes: ['ORDER_SHIPPED'] }), [3, 6]);
      assert.deepEqual(await sequences(store, { limit: 2, taskId: 'b', afterSequence: 2 }), [4, 6]);
    },
  ],
  [
    'task and types narrow what is read, alone and together, in both directions',
    async (store) => {
      await fill(store);
      const shipped = { eventTypes: ['ORDER_SHIPPED'] };
      assert.deepEqual(await sequences(store, shipped), [3, 6, 9]);
      assert.deepEqual(await sequences(store, { ...shipped, direction: 'backward' }), [9, 6, 3]);
      assert.deepEqual(await sequences(store, { ...shipped, taskId: 'a' }), [3, 9]);
      assert.deepEqual(
        await sequences(store, { taskId: 'b', direction: 'backward' }),
        [10, 8, 6, 4, 2],
      );
      assert.deepEqual(
        await sequences(store, { eventTypes: ['ORDER_SHIPPED', 'ORDER_PLACED'] }),
        upTo(10),
      );
      assert.deepEqual(await sequences(store, { eventTypes: [] }), []);
      assert.deepEqual(await sequences(store, { eventTypes: ['NO_SUCH_TYPE'] }), []);
    },
  ],
  [
    'a long log is read whole in both directions, by task and by types',
    async (store) => {
      const total = 5_000;
      for (let i = 0; i < total; i += 500) {
        const groups = ['a', 'b', 'c', 'd', 'e'].map((taskId) => ({
          taskId,
          events: upTo(100).map((n) => (n % 10 ? placed(`${n}`) : note({ n }))),
        }));
        await store.appendMany(groups);
      }
      assert.deepEqual(await sequences(store, {}), upTo(total));
      assert.deepEqual(await sequences(store, { direction: 'backward' }), upTo(total).reverse());
      const notes = await sequences(store, { eventTypes: ['NOTE'] });
      assert.equal(notes.length, total / 10);
      const both = await sequences(store, {
        eventTypes: ['NOTE', 'ORDER_PLACED'],
        direction: 'backward',
      });
      assert.deepEqual(both, upTo(total).reverse());
      const ofTask = await store.getEvents('c');
      assert.deepEqual(
        ofTask.map((event) => event.version),
        upTo(total / 5),
      );
      const backward = await sequences(store, { taskId: 'c', direction: 'backward', limit: 700 });
      assert.deepEqual(
        backward,
        ofTask
          .map((event) => event.sequence)
          .reverse()
          .slice(0, 700),
      );
    },
  ],
  [
    'until a time is the longest prefix with no later timestamp; a bare date means the end of that day, UTC',
    async (store) => {
      const days = ['2026-11-20', '2026-11-21', '2026-11-23', '2026-11-22', '2026-11-24'];
      for (const [i, date] of days.entries()) {
        await store.append(i % 2 ? 'b' : 'a', placed(date, { timestamp: `${date}T23:59:59.999Z` }));
      }
      assert.deepEqual(await sequences(store, { until: '2026-11-21' }), [1, 2]);
      // Event 4 is of the 22nd, but it lies behind one of the 23rd.
      assert.deepEqual(await sequences(store, { until: '2026-11-22' }), [1, 2]);
      assert.deepEqual(await sequences(store, { until: '2026-11-23' }), [1, 2, 3, 4]);
      assert.deepEqual(await sequences(store, { until: '2026-11-21T23:59:59.998Z' }), [1]);
      assert.deepEqual(await sequences(store, { until: '2026-11-22T01:59:59.999+02:00' }), [1, 2]);
      assert.deepEqual(await sequences(store, { until: '2026-11-19' }), []);
      assert.deepEqual(
        await sequences(store, { until: '2026-11-23', direction: 'backward' }),
        [4, 3, 2, 1],
      );
      assert.deepEqual(await sequences(store, { until: '2026-11-22', taskId: 'b' }), [2, 4]);
      assert.deepEqual(
        await sequences(store, { until: '2026-11-22', taskId: 'b', direction: 'backward' }),
        [4, 2],
      );
      assert.deepEqual(
        await sequences(store, { until: '2026-11-22', eventTypes: ['ORDER_PLACED'] }),
        [1, 2],
      );
    },
    { now: () => day('2026-11-25') },
  ],
  [
    'until a time ends at the first later event, however many earlier ones follow it',
    async (store) => {
      const before = { timestamp: '2026-11-20T00:00:00.000Z' };
      const after = { timestamp: '2026-11-23T00:00:00.000Z' };
      await store.append('a', [...upTo(9).map((i) => note({ i }, before)), note({}, after)]);
      for (const _ of upTo(3)) {
        await store.append(
          'a',
          upTo(1_000).map((i) => note({ i }, before)),
        );
      }
      const until = '2026-11-21';
      for (const query of [{}, { taskId: 'a' }, { eventTypes: ['NOTE'] }]) {
        assert.deepEqual(await sequences(store, { ...query, until }), upTo(9));
        const backward = { ...query, until, direction: 'backward' } as const;
        assert.deepEqual(await sequences(store, backward), upTo(9).reverse());
      }
    },
    { now: () => day('2026-11-25') },
  ],
  [
    'a malformed query is refused',
    async (store) => {
      const refused = { code: 'INVALID_ARGUMENT' };
      await assert.rejects(sequences(store, { limit: -1 }), refused);
      await assert.rejects(sequences(store, { limit: 1.5 }), refused);
      await assert.rejects(sequences(store, { until: -1 }), refused);
      await assert.rejects(sequences(store, { until: '2026-02-30' }), refused);
      await assert.rejects(sequences(store, { afterSequence: Number.NaN }), refused);
      await assert.rejects(sequences(store, { until: 'yesterday' }), { code: 'INVALID_EVENT' });
      await assert.rejects(sequences(store, { taskId: '' }), { path: 'taskId' });
      const direction = 'sideways' as 'forward';
      await assert.rejects(sequences(store, { direction }), refused);
    },
  ],
  [
    'a read can be aborted, also in its middle',
    async (store) => {
      await fill(store);
      const reason = new Error('enough');
      await assert.rejects(sequences(store, { signal: AbortSignal.abort(reason) }), reason);
      const controller = new AbortController();
      const seen: number[] = [];
      const reading = (async () => {
        for await (const event of store.read({ signal: controller.signal })) {
          seen.push(event.sequence);
          if (event.sequence === 3) controller.abort(reason);
        }
      })();
      await assert.rejects(reading, reason);
      assert.deepEqual(seen, [1, 2, 3]);
    },
  ],
  [
    'a read sees the log as of its start: later appends are left out',
    async (store) => {
      await fill(store);
      const seen: number[] = [];
      for await (const event of store.read()) {
        seen.push(event.sequence);
        if (event.sequence < 5) await store.append('a', placed('meanwhile'));
      }
      assert.deepEqual(seen, upTo(10));
    },
  ],
  [
    'getEvent finds every event by its id',
    async (store) => {
      await fill(store);
      for (const event of await collect(store.read())) {
        assert.deepEqual(await store.getEvent(event.eventId), event);
      }
      await assert.rejects(store.getEvent('no uuid'), { code: 'INVALID_EVENT' });
    },
  ],
  [
    'taskHead tells version, sequence and clock',
    async (store) => {
      await fill(store);
      assert.deepEqual(await store.taskHead('b'), {
        taskId: 'b',
        version: 5,
        sequence: 10,
        vectorClock: { main: 5 },
      });
    },
  ],
];
