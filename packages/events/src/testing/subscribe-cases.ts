import assert from 'node:assert/strict';
import type { SubscriptionMessage } from '../store/event-store.ts';
import { upTo } from './collect.ts';
import type { StoreCase } from './contract-backend.ts';
import { note, placed } from './contract-catalog.ts';

type Seen = number | 'caught-up';

function seenOf(message: SubscriptionMessage): Seen {
  return message.kind === 'event' ? message.event.sequence : message.kind;
}

/** The first `count` messages. */
async function take(messages: AsyncIterable<SubscriptionMessage>, count: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const message of messages) {
    seen.push(seenOf(message));
    if (seen.length === count) break;
  }
  return seen;
}

/** Following the log. */
export const subscribeCases: readonly StoreCase[] = [
  [
    'a subscription gives what is stored, says caught-up once, then what comes',
    async (store) => {
      await store.append('a', [placed('1'), placed('2')]);
      const seen: Seen[] = [];
      for await (const message of store.subscribe()) {
        seen.push(seenOf(message));
        if (message.kind === 'caught-up') assert.equal(message.sequence, 2);
        if (message.kind === 'caught-up') void store.append('a', placed('3'));
        if (seen.length === 4) void store.append('b', placed('4'));
        if (seen.length === 5) break;
      }
      assert.deepEqual(seen, [1, 2, 'caught-up', 3, 4]);
    },
  ],
  [
    'the seam between stored and live has no gap and no repeat, however appends race with it',
    async (store) => {
      const total = 400;
      const writing = (async () => {
        for (let i = 0; i < total; i += 4) {
          await Promise.all(upTo(4).map(() => store.append('a', placed('x'))));
        }
      })();
      const subscribers = upTo(5).map(async (i) => {
        const seen: Seen[] = await take(store.subscribe({ after: i }), total - i + 1);
        return seen.filter((one) => one !== 'caught-up');
      });
      for (const [i, seen] of (await Promise.all(subscribers)).entries()) {
        assert.deepEqual(
          seen,
          upTo(total).filter((sequence) => sequence > i + 1),
        );
      }
      await writing;
    },
  ],
  [
    'after: a sequence starts behind it, "head" gives only what comes',
    async (store) => {
      await store.append('a', [placed('1'), placed('2'), placed('3')]);
      assert.deepEqual(await take(store.subscribe({ after: 2 }), 2), [3, 'caught-up']);
      const live = store.subscribe({ after: 'head' })[Symbol.asyncIterator]();
      assert.deepEqual((await live.next()).value, { kind: 'caught-up', sequence: 3 });
      const next = live.next();
      await store.append('a', placed('4'));
      assert.equal((await next).value.event.sequence, 4);
      await live.return?.();
    },
  ],
  [
    'a subscription to one task or some types gives only those, and still says caught-up',
    async (store) => {
      await store.append('a', [placed('1'), note({}), placed('3')]);
      await store.append('b', placed('4'));
      assert.deepEqual(await take(store.subscribe({ taskId: 'a' }), 4), [1, 2, 3, 'caught-up']);
      assert.deepEqual(await take(store.subscribe({ eventTypes: ['NOTE'] }), 2), [2, 'caught-up']);
      const live = take(store.subscribe({ taskId: 'b', after: 4 }), 2);
      await store.append('a', placed('5'));
      await store.append('b', placed('6'));
      assert.deepEqual(await live, ['caught-up', 6]);
    },
  ],
  [
    'an aborted signal ends a subscription, also while it waits',
    async (store) => {
      const controller = new AbortController();
      const waiting = store.subscribe({ signal: controller.signal })[Symbol.asyncIterator]();
      assert.equal((await waiting.next()).value.kind, 'caught-up');
      const next = waiting.next();
      controller.abort();
      assert.equal((await next).done, true);
      const never = store.subscribe({ signal: AbortSignal.abort() });
      assert.deepEqual(await take(never, 1), []);
    },
  ],
  [
    'closing the store ends its subscriptions',
    async (store) => {
      const live = store.subscribe()[Symbol.asyncIterator]();
      assert.equal((await live.next()).value.kind, 'caught-up');
      const next = live.next();
      await store.close();
      assert.equal((await next).done, true);
    },
  ],
  [
    'a subscriber that stands still keeps no append waiting and misses nothing',
    async (store) => {
      const slow = store.subscribe()[Symbol.asyncIterator]();
      assert.equal((await slow.next()).value.kind, 'caught-up');
      for (const _ of upTo(30))
        await store.append(
          'a',
          upTo(100).map((i) => note({ i })),
        );
      const seen: number[] = [];
      while (seen.length < 3_000) seen.push((await slow.next()).value.event.sequence);
      assert.deepEqual(seen, upTo(3_000));
      await slow.return?.();
    },
  ],
  [
    'a checkpoint keeps a position and a state in one, and never moves backwards nor past the log',
    async (store) => {
      await store.append(
        'a',
        upTo(5).map((i) => placed(`${i}`)),
      );
      assert.equal(await store.readCheckpoint('totals'), undefined);
      await store.writeCheckpoint({ name: 'totals', sequence: 3, state: { sum: 6 } });
      assert.deepEqual(await store.readCheckpoint('totals'), {
        name: 'totals',
        sequence: 3,
        state: { sum: 6 },
      });
      const move = (sequence: number) =>
        store.writeCheckpoint({ name: 'totals', sequence, state: { sum: 0 } });
      await assert.rejects(move(2), { code: 'CHECKPOINT_CONFLICT', given: 2, bound: 3 });
      await assert.rejects(move(6), { code: 'CHECKPOINT_CONFLICT', given: 6, bound: 5 });
      await move(3);
      assert.deepEqual((await store.readCheckpoint('totals'))?.state, { sum: 0 });
    },
  ],
  [
    'a checkpoint that is malformed is refused',
    async (store) => {
      const write = (name: string, sequence: number, state: unknown = null) =>
        store.writeCheckpoint({ name, sequence, state });
      await assert.rejects(write('', 0), { code: 'INVALID_ARGUMENT' });
      await assert.rejects(write('a', -1), { code: 'INVALID_ARGUMENT' });
      await assert.rejects(write('a', 0.5), { code: 'INVALID_ARGUMENT' });
      await assert.rejects(write('a', 0, { at: new Date() }), { path: 'state.at' });
    },
  ],
  [
    'checkpoint names never collide, whatever characters they are made of',
    async (store) => {
      const names = [
        'a',
        'A',
        'a/b',
        'a\u0000',
        '"',
        '\\',
        '\ud800',
        '\ud801',
        'é',
        'e\u0301',
        '..',
      ];
      for (const name of names) await store.writeCheckpoint({ name, sequence: 0, state: { name } });
      for (const name of names) {
        assert.deepEqual((await store.readCheckpoint(name))?.state, { name });
      }
    },
  ],
  [
    'a subscription with a checkpoint starts behind it, or at `after` where there is none',
    async (store) => {
      await store.append(
        'a',
        upTo(5).map((i) => placed(`${i}`)),
      );
      assert.deepEqual(await take(store.subscribe({ checkpoint: 'p', after: 3 }), 2), [4, 5]);
      await store.writeCheckpoint({ name: 'p', sequence: 4, state: null });
      assert.deepEqual(await take(store.subscribe({ checkpoint: 'p', after: 3 }), 2), [
        5,
        'caught-up',
      ]);
    },
  ],
  [
    'checkpoints survive a reopen',
    async (store, subject) => {
      if (!subject.reopen) return;
      await store.append('a', placed('x'));
      await store.writeCheckpoint({ name: 'p', sequence: 1, state: [1, 'two'] });
      await store.close();
      const again = await subject.reopen();
      assert.deepEqual(await again.readCheckpoint('p'), {
        name: 'p',
        sequence: 1,
        state: [1, 'two'],
      });
    },
  ],
];
