import assert from 'node:assert/strict';
import { upTo } from './collect.ts';
import type { StoreCase } from './contract-backend.ts';
import { note, placed } from './contract-catalog.ts';

const id = (n: number) => `0190a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** Appending again what is stored. */
export const idempotencyCases: readonly StoreCase[] = [
  [
    'a retry with the same event id gives back the stored event and stores nothing',
    async (store) => {
      const event = placed('x', { eventId: id(1) });
      const first = await store.append('a', event);
      assert.equal(first.deduplicated, false);
      await store.append('a', placed('between'));
      const again = await store.append('a', event);
      assert.deepEqual(again.events, first.events);
      assert.equal(again.deduplicated, true);
      assert.equal((await store.head()).sequence, 2);
    },
  ],
  [
    'the check of ids comes before the check of the version',
    async (store) => {
      const event = placed('x', { eventId: id(1) });
      await store.append('a', event, { expectedVersion: 'no-stream' });
      const again = await store.append('a', event, { expectedVersion: 'no-stream' });
      assert.equal(again.deduplicated, true);
    },
  ],
  [
    'the same id with other content is a conflict that names the id',
    async (store) => {
      await store.append('a', placed('x', { eventId: id(1), codeVersion: 1 }));
      const conflict = { code: 'EVENT_ID_CONFLICT', eventId: id(1), reason: 'other-content' };
      const others = [
        store.append('a', placed('y', { eventId: id(1) })),
        store.append('b', placed('x', { eventId: id(1) })),
        store.append('a', note({ item: 'x' }, { eventId: id(1) })),
        store.append('a', placed('x', { eventId: id(1), codeVersion: 2 })),
        store.append('a', placed('x', { eventId: id(1), correlationId: 'other' })),
        store.append('a', placed('x', { eventId: id(1), causationId: 'other' })),
        store.append('a', placed('x', { eventId: id(1), codeHash: 'other' })),
        store.append('a', placed('x', { eventId: id(1), vectorClock: { other: 1 } })),
        store.append('a', placed('x', { eventId: id(1), timestamp: '2000-01-01T00:00:00Z' })),
      ];
      for (const other of others) await assert.rejects(other, conflict);
      assert.equal((await store.head()).sequence, 1);
    },
  ],
  [
    'a batch of which only a part is stored is a conflict',
    async (store) => {
      await store.append('a', placed('x', { eventId: id(1) }));
      const batch = [placed('x', { eventId: id(1) }), placed('y', { eventId: id(2) })];
      await assert.rejects(store.append('a', batch), {
        code: 'EVENT_ID_CONFLICT',
        reason: 'partly-stored',
      });
      const withNew = [placed('x', { eventId: id(1) }), placed('no id')];
      await assert.rejects(store.append('a', withNew), { reason: 'partly-stored' });
      assert.equal((await store.head()).sequence, 1);
    },
  ],
  [
    'an id that occurs twice in one append is a conflict',
    async (store) => {
      const twice = [placed('x', { eventId: id(1) }), placed('x', { eventId: id(1) })];
      await assert.rejects(store.append('a', twice), { reason: 'repeated' });
    },
  ],
  [
    'twenty concurrent retries store one event, and all get it',
    async (store) => {
      const event = placed('x', { eventId: id(7) });
      const results = await Promise.all(upTo(20).map(() => store.append('a', event)));
      assert.equal((await store.head()).sequence, 1);
      assert.equal(results.filter(({ deduplicated }) => !deduplicated).length, 1);
      for (const { events } of results) assert.equal(events[0]?.sequence, 1);
    },
  ],
  [
    'a whole batch retried gives the batch back, also by appendMany',
    async (store) => {
      const groups = [
        { taskId: 'a', events: [placed('x', { eventId: id(1) })] },
        { taskId: 'b', events: [placed('y', { eventId: id(2) }), placed('z', { eventId: id(3) })] },
      ];
      const first = await store.appendMany(groups);
      const again = await store.appendMany(groups);
      assert.deepEqual(again.events, first.events);
      assert.equal(again.deduplicated, true);
    },
  ],
  [
    'a stored event itself can be appended again',
    async (store) => {
      const { events } = await store.append('a', [placed('x'), placed('y')]);
      assert.equal((await store.append('a', events)).deduplicated, true);
    },
  ],
  [
    'ids are known for ever: after many more events and a reopen',
    async (store, subject) => {
      const event = placed('x', { eventId: id(1) });
      await store.append('a', event);
      for (const _ of upTo(10)) {
        await store.append(
          'b',
          upTo(1_000).map((i) => note({ i })),
        );
      }
      let current = store;
      if (subject.reopen) {
        await store.close();
        current = await subject.reopen();
      }
      assert.equal((await current.append('a', event)).events[0]?.sequence, 1);
      assert.equal((await current.getEvent(id(1)))?.taskId, 'a');
      assert.equal(await current.getEvent(id(2)), undefined);
    },
  ],
];
