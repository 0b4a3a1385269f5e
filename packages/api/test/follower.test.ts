import { codingEvents, createMemoryEventStore } from '@org/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFollower } from '../src/feed/follower.ts';
import { groupMessages, TaskMessage } from '../src/feed/task-message.ts';
import { createEventFeed } from '../src/index.ts';
import type { Store } from './support/running-api.ts';
import { code, created } from './support/task-events.ts';
import { until } from './support/until.ts';

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'other task' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'reconnect' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'stall' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'drain' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'settle' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'broadcast' as const }) },
);

/** Lets the event loop turn. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A store whose reads end some turns after their last event, so that much can happen meanwhile. */
function lingering(store: Store): Store {
  return new Proxy(store, {
    get(target, key) {
      if (key !== 'read') return Reflect.get(target, key);
      return async function* (...args: Parameters<Store['read']>) {
        yield* target.read(...args);
        await turns(3);
      };
    },
  });
}

describe('following a task', () => {
  it('gives every event once and in order, through random appends, stalls and reconnections', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        await using store = createMemoryEventStore(codingEvents);
        await store.append('t', created());
        await using feed = createEventFeed({ store });
        const received: { sequence: number; previous: number | null }[] = [];
        let codeVersion = 0;
        let stalled = false;
        let wake = () => {};

        function connect() {
          return createFollower(
            {
              send({ messages }) {
                for (const { event, previous } of messages) {
                  received.push({ sequence: event.sequence, previous });
                }
              },
              say() {},
              backlog: () => (stalled ? 1_000 : 0),
              drained: (signal) =>
                new Promise((resolve) => {
                  wake = resolve;
                  signal.addEventListener('abort', () => resolve());
                }),
              end() {},
            },
            {
              store: lingering(store),
              feed,
              taskId: 't',
              after: received.at(-1)?.sequence ?? 0,
              highWaterBytes: 500,
              isWaiting: async () => false,
            },
          );
        }
        const drain = () => {
          stalled = false;
          wake();
        };
        let follower = connect();
        for (const step of actions) {
          if (step.do === 'append') {
            const before = codeVersion;
            codeVersion += step.count;
            const events = Array.from({ length: step.count }, (_, n) => code(before + n + 1));
            await store.append('t', events);
          } else if (step.do === 'other task') await store.append('other', code(1));
          else if (step.do === 'stall') stalled = true;
          else if (step.do === 'drain') drain();
          else if (step.do === 'broadcast') {
            const [event, before] = (await store.getEvents('t')).toReversed();
            const previous = before?.sequence ?? null;
            const ahead = event && groupMessages([new TaskMessage(event, previous)]);
            if (ahead) follower.push(ahead);
          } else if (step.do === 'settle') await turns(8);
          else {
            follower.close();
            follower = connect();
          }
        }
        await turns(8);
        drain();
        const expected = (await store.getEvents('t')).map(({ sequence }) => sequence);
        await until(() => received.length >= expected.length);
        follower.close();
        expect(received.map(({ sequence }) => sequence)).toEqual(expected);
        expect(received.map(({ previous }) => previous)).toEqual([null, ...expected.slice(0, -1)]);
        expect(feed.followedTasks).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('hands over no more of what is stored at once than a client may have waiting, and one event', async () => {
    await using store = createMemoryEventStore(codingEvents);
    await using feed = createEventFeed({ store });
    const text = 'x'.repeat(10_000);
    const versions = Array.from({ length: 40 }, (_, n) => n + 1);
    await store.append(
      't',
      versions.map((version) => code(version, text)),
    );
    const handedOver: number[] = [];
    let received = 0;
    const follower = createFollower(
      {
        send({ messages }) {
          received += messages.length;
          handedOver.push(messages.reduce((sum, { frame }) => sum + frame.length, 0));
        },
        say() {},
        backlog: () => 0,
        drained: async () => {},
        end() {},
      },
      { store, feed, taskId: 't', highWaterBytes: 50_000, isWaiting: async () => false },
    );
    await until(() => follower.live);
    follower.close();
    expect(received).toBe(40);
    expect(Math.max(...handedOver)).toBeLessThan(70_000);
  });
});
