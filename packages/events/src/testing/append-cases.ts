import assert from 'node:assert/strict';
import { createEvent } from '../create-event.ts';
import { collect, upTo } from './collect.ts';
import type { StoreCase } from './contract-backend.ts';
import { note, placed } from './contract-catalog.ts';

/** Order, atomicity, expectations. */
export const appendCases: readonly StoreCase[] = [
  [
    'gate 1.1: five appends in a row carry the sequences 1, 2, 3, 4, 5',
    async (store) => {
      const sequences: number[] = [];
      for (const item of ['a', 'b', 'c', 'd', 'e']) {
        const { events } = await store.append('task-A', placed(item));
        sequences.push(...events.map((event) => event.sequence));
      }
      assert.deepEqual(sequences, [1, 2, 3, 4, 5]);
    },
  ],
  [
    'gate 1.2: 100 concurrent appends get the sequences 1 to 100, each once',
    async (store) => {
      const results = await Promise.all(
        upTo(100).map((i) => store.append(`task-${i % 7}`, placed(`item ${i}`))),
      );
      const given = results.flatMap(({ events }) => events.map((event) => event.sequence));
      assert.deepEqual(
        given.toSorted((a, b) => a - b),
        upTo(100),
      );
      const stored = await collect(store.read());
      assert.deepEqual(
        stored.map((event) => event.sequence),
        upTo(100),
      );
    },
  ],
  [
    'gate 1.5: 10 concurrent writers × 10 events: 100 events, all sequences unique',
    async (store) => {
      const writer = async (name: string) => {
        for (const i of upTo(10)) await store.append(name, placed(`${name} ${i}`));
      };
      await Promise.all(upTo(10).map((i) => writer(`task-${i}`)));
      const events = await collect(store.read());
      assert.deepEqual(
        events.map((event) => event.sequence),
        upTo(100),
      );
      for (const i of upTo(10)) {
        const versions = (await store.getEvents(`task-${i}`)).map((event) => event.version);
        assert.deepEqual(versions, upTo(10));
      }
    },
  ],
  [
    'versions count 1, 2, 3 … within each task',
    async (store) => {
      await store.append('a', placed('x'));
      await store.append('b', [placed('y'), placed('z')]);
      const { version } = await store.append('a', placed('w'));
      assert.equal(version, 2);
      const versions = (await store.getEvents('b')).map((event) => event.version);
      assert.deepEqual(versions, [1, 2]);
    },
  ],
  [
    'an event with sequence 0 is not appended yet: an append gives it its place, and 0 is never stored',
    async (store) => {
      const event = createEvent('a', placed('x'));
      assert.deepEqual([event.sequence, event.version], [0, 0]);
      const { events } = await store.append('a', event);
      assert.deepEqual(
        events.map(({ eventId, sequence, version }) => [eventId, sequence, version]),
        [[event.eventId, 1, 1]],
      );
      const unplaced = store.importEvents([createEvent('b', placed('y'))]);
      await assert.rejects(unplaced, { code: 'INTEGRITY', sequence: 0 });
      assert.equal((await store.head()).sequence, 1);
    },
  ],
  [
    'an append of several events gets consecutive sequences, whatever runs beside it',
    async (store) => {
      const [batch] = await Promise.all([
        store.append(
          'a',
          upTo(50).map((i) => placed(`${i}`)),
        ),
        ...upTo(20).map((i) => store.append('b', placed(`${i}`))),
      ]);
      const first = batch.firstSequence;
      assert.deepEqual(
        batch.events.map((event) => event.sequence),
        upTo(50).map((i) => first + i - 1),
      );
      assert.equal(batch.lastSequence, first + 49);
    },
  ],
  [
    'an append of which one event is refused stores nothing',
    async (store) => {
      const bad = note({ at: Number.NaN });
      await assert.rejects(store.append('a', [placed('x'), bad]), { code: 'INVALID_EVENT' });
      assert.equal((await store.head()).sequence, 0);
      assert.equal((await store.append('a', placed('y'))).firstSequence, 1);
    },
  ],
  [
    'appendMany over several tasks is all or nothing',
    async (store) => {
      await store.append('b', placed('there before'));
      const groups = [
        { taskId: 'a', events: [placed('x')] },
        { taskId: 'b', events: [placed('y')], expectedVersion: 'no-stream' as const },
      ];
      await assert.rejects(store.appendMany(groups), { code: 'VERSION_CONFLICT', taskId: 'b' });
      assert.deepEqual(await store.getEvents('a'), []);
      const { events } = await store.appendMany([
        { taskId: 'a', events: [placed('x')] },
        { taskId: 'b', events: [placed('y')], expectedVersion: 1 },
      ]);
      assert.deepEqual(
        events.map(({ taskId, sequence, version }) => [taskId, sequence, version]),
        [
          ['a', 2, 1],
          ['b', 3, 2],
        ],
      );
    },
  ],
  [
    'an empty append is refused',
    async (store) => {
      await assert.rejects(store.append('a', []), { code: 'INVALID_ARGUMENT' });
    },
  ],
  [
    'expectedVersion: a number, "no-stream", "stream-exists" and "any" hold or conflict with both versions named',
    async (store) => {
      const conflict = (expected: unknown, actual: number) => ({
        code: 'VERSION_CONFLICT',
        taskId: 'a',
        expected,
        actual,
      });
      const append = (expectedVersion: number | 'no-stream' | 'stream-exists' | 'any') =>
        store.append('a', placed('x'), { expectedVersion });
      await assert.rejects(append('stream-exists'), conflict('stream-exists', 0));
      await assert.rejects(append(1), conflict(1, 0));
      await append('no-stream');
      await assert.rejects(append('no-stream'), conflict('no-stream', 1));
      await append('stream-exists');
      await append(2);
      await assert.rejects(append(2), conflict(2, 3));
      await append('any');
      assert.equal((await store.taskHead('a'))?.version, 4);
    },
  ],
  [
    'expectedVersion 0 means that there is no stream yet',
    async (store) => {
      await store.append('a', placed('x'), { expectedVersion: 0 });
      await assert.rejects(store.append('a', placed('x'), { expectedVersion: 0 }), { actual: 1 });
    },
  ],
  [
    'a malformed expectedVersion is refused',
    async (store) => {
      for (const expectedVersion of [-1, 1.5, Number.NaN]) {
        const appended = store.append('a', placed('x'), { expectedVersion });
        await assert.rejects(appended, { code: 'INVALID_ARGUMENT' });
      }
    },
  ],
  [
    'of 20 concurrent appends that expect the same version one wins; the others conflict alone',
    async (store) => {
      const rivals = upTo(20).map((i) => store.append('a', placed(`${i}`), { expectedVersion: 0 }));
      const bystanders = upTo(20).map((i) => store.append(`other-${i}`, placed('x')));
      const outcomes = await Promise.allSettled(rivals);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await Promise.all(bystanders)).length, 20);
      assert.equal((await store.head()).sequence, 21);
    },
  ],
  [
    'a full queue refuses with its limits named, and takes again when it has drained',
    async (store) => {
      const outcomes = await Promise.allSettled(
        upTo(20).map((i) => store.append('a', placed(`${i}`))),
      );
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      assert.ok(refused.length > 0);
      for (const { reason } of refused) {
        assert.equal(reason.code, 'QUEUE_FULL');
        assert.equal(reason.limits.events, 10);
        assert.equal(reason.transient, true);
      }
      assert.equal((await store.head()).sequence, 20 - refused.length);
      await store.append('a', placed('later'));
    },
    { maxQueuedEvents: 10 },
  ],
  [
    'the queue is bounded in bytes too; one larger append passes alone',
    async (store) => {
      const large = () => note({ text: 'x'.repeat(1_000) });
      const outcomes = await Promise.allSettled([
        store.append('a', large()),
        store.append('a', large()),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected'],
      );
    },
    { maxQueuedBytes: 500 },
  ],
  [
    'an append whose signal is aborted while it waits is not stored',
    async (store) => {
      const controller = new AbortController();
      const first = store.append('a', placed('first'));
      const second = store.append('a', placed('second'), { signal: controller.signal });
      const reason = new Error('changed my mind');
      controller.abort(reason);
      await assert.rejects(second, reason);
      await first;
      assert.equal((await store.getEvents('a')).length, 1);
      const aborted = AbortSignal.abort(reason);
      await assert.rejects(store.append('a', placed('x'), { signal: aborted }), reason);
    },
  ],
  [
    'close() with appends in flight: each finishes or rejects, and closing twice is fine',
    async (store, subject) => {
      const appends = upTo(50).map((i) => store.append('a', placed(`${i}`)));
      const closing = store.close();
      const late = assert.rejects(store.append('a', placed('late')), { code: 'STORE_CLOSED' });
      const outcomes = await Promise.allSettled(appends);
      await Promise.all([closing, store.close()]);
      await late;
      await assert.rejects(store.getEvents('a'), { code: 'STORE_CLOSED' });
      assert.equal(store.health().status, 'closed');
      const stored = outcomes.filter(({ status }) => status === 'fulfilled').length;
      const again = await subject.reopen?.();
      if (again) assert.equal((await again.head()).sequence, stored);
    },
  ],
  [
    'health tells the head and what waits',
    async (store) => {
      assert.deepEqual(store.health(), {
        status: 'ok',
        head: { sequence: 0, hash: '' },
        queued: { events: 0, bytes: 0 },
        error: null,
      });
      const appended = store.append('a', [placed('x'), placed('y')]);
      assert.equal(store.health().queued.events, 2);
      assert.ok(store.health().queued.bytes > 100);
      await appended;
      assert.equal(store.health().queued.events, 0);
      assert.equal(store.health().head.sequence, 2);
      assert.deepEqual(store.health().head, await store.head());
    },
  ],
];
