import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInOrder } from '../src/client/in-order.ts';
import { type EventMessage, type FollowStatus, followTask } from '../src/client/index.ts';
import { parseMessage } from '../src/client/parse-message.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { code, complete, created, started, storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running[Symbol.asyncDispose]());

function follow(taskId: string, options: Partial<Parameters<typeof followTask>[0]> = {}) {
  const events: EventMessage[] = [];
  const statuses: FollowStatus[] = [];
  const subscription = followTask({
    url: running.webSocketUrl(taskId),
    firstRetryMs: 1,
    longestRetryMs: 5,
    onEvent: (message) => events.push(message),
    onStatus: (status) => statuses.push(status),
    ...options,
  });
  return { events, statuses, subscription, versions: () => events.map(({ version }) => version) };
}

const message = (sequence: number, previous: number | null): EventMessage => ({
  type: 'event',
  task_id: 't',
  version: sequence,
  sequence,
  previous,
  code_version: 0,
  event_type: 'CODE_GENERATED',
  timestamp: '2026-11-23T10:00:00.000Z',
  data: {},
});

describe('followTask', () => {
  it('gives what is stored and what happens, and tells how it stands', async () => {
    await running.store.append('f1', created());
    const { statuses, subscription, versions } = follow('f1');
    await until(() => subscription.status === 'waiting');
    await running.store.append('f1', [started, code(1)]);
    await until(() => versions().length === 3);
    expect(versions()).toEqual([1, 2, 3]);
    subscription.close();
    subscription.close();
    expect(statuses).toEqual(['catching-up', 'live', 'waiting', 'live', 'closed']);
  });

  it('reconnects behind the last event received, without repeat or loss', async () => {
    const { firstSequence } = await storeTask(running.store, 'f2');
    const { subscription, versions, statuses } = follow('f2');
    await until(() => subscription.status === 'live');
    for (let round = 2; round <= 6; round += 1) {
      running.api.webSocketManager.terminate();
      await running.store.append('f2', code(round));
      await until(() => versions().length === 3 + round);
      await until(() => subscription.status === 'live');
    }
    expect(versions()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(subscription.last).toBe(firstSequence + 8);
    expect(statuses).toContain('reconnecting');
    subscription.close();
  });

  it('begins behind what is known already', async () => {
    const { firstSequence } = await storeTask(running.store, 'f3');
    const { subscription, versions } = follow('f3', { after: firstSequence + 1 });
    await until(() => subscription.status === 'live');
    expect(versions()).toEqual([3, 4]);
    subscription.close();
  });

  it('gives up on an unknown task', async () => {
    const { subscription, statuses } = follow('never-heard-of');
    await until(() => subscription.status === 'unknown-task');
    expect(statuses.at(-1)).toBe('unknown-task');
  });

  it('carries a token as a subprotocol', async () => {
    await using strict = await runApi({ auth: { token: 'tok', sandboxBlocksNetwork: false } });
    await storeTask(strict.store, 'f4');
    const url = strict.webSocketUrl('f4');
    const without = follow('f4', { url });
    await until(() => without.subscription.status === 'reconnecting');
    without.subscription.close();
    const { subscription, versions } = follow('f4', { url, token: 'tok' });
    await until(() => subscription.status === 'live');
    expect(versions()).toEqual([1, 2, 3, 4]);
    subscription.close();
  });

  it('tries again when a connection is refused, also where no close follows the error, as in Node 22', async () => {
    const sockets: EventTarget[] = [];
    class RefusedSocket extends EventTarget {
      constructor() {
        super();
        sockets.push(this);
      }
      close(): void {}
    }
    const { subscription } = follow('refused', {
      WebSocket: RefusedSocket as unknown as typeof WebSocket,
    });
    sockets[0]?.dispatchEvent(new Event('error'));
    await until(() => sockets.length === 2);
    expect(subscription.status).toBe('reconnecting');
    subscription.close();
  });

  it('asks again for what is missing, and ignores stale versions and rubbish', async () => {
    type Listener = (event: object) => void;
    const sockets: { url: URL; emit: (type: string, event: object) => void }[] = [];
    class FakeSocket {
      readonly #listeners = new Map<string, Listener[]>();
      constructor(url: URL) {
        sockets.push({
          url,
          emit: (type, event) => {
            for (const listen of this.#listeners.get(type) ?? []) listen(event);
          },
        });
      }
      addEventListener(type: string, listener: Listener): void {
        this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
      }
      close(): void {}
    }
    const { subscription, events } = follow('f5', {
      gapMs: 1,
      WebSocket: FakeSocket as unknown as typeof WebSocket,
    });
    const say = (at: number, ...messages: readonly EventMessage[]) => {
      for (const said of messages) sockets[at]?.emit('message', { data: JSON.stringify(said) });
    };
    sockets[0]?.emit('open', {});
    sockets[0]?.emit('message', { data: 'no json' });
    say(0, message(2, 1), message(1, null));
    say(0, message(1, null), { ...message(3, 2), version: 1 });
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2]);
    say(0, message(9, 7));
    await until(() => sockets.length === 2);
    expect(sockets[1]?.url.searchParams.get('after_sequence')).toBe('2');
    say(0, message(5, 2));
    say(1, message(7, 2), message(9, 7));
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 7, 9]);
    subscription.close();
  });

  it('puts any shuffling with repeats back in order', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        (numbers, random) => {
          const sequences = [...numbers].sort((a, b) => a - b);
          const all = sequences.map((sequence, at) => message(sequence, sequences[at - 1] ?? null));
          const shuffled = [...all, ...all]
            .map((item) => ({ item, key: random.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item);
          const order = createInOrder(0);
          const out = shuffled.flatMap((item) => order.take(item));
          expect(out.map(({ sequence }) => sequence)).toEqual(sequences);
          expect(order.hasGap).toBe(false);
        },
      ),
    );
  });

  it('takes only what is a message', () => {
    expect(parseMessage(JSON.stringify(message(1, null)))).toEqual(message(1, null));
    for (const rubbish of ['', '{}', '[null]', '5', '{"type":"event"}', new ArrayBuffer(2)]) {
      expect(parseMessage(rubbish)).toBeUndefined();
    }
  });

  it('ends with the task’s last event in the client’s hands', async () => {
    await storeTask(running.store, 'f6');
    const { subscription, events } = follow('f6');
    await running.store.append('f6', complete);
    await until(() => events.at(-1)?.event_type === 'TASK_COMPLETE');
    expect(events.at(-1)?.data).toMatchObject({ tests: { passed: 3, total: 3 } });
    subscription.close();
  });
});
