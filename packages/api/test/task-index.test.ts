import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createEventFeed, createTaskIndex, createTaskStates } from '../src/index.ts';
import { levelStore, type Store } from './support/running-api.ts';
import { code, complete, storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';

const whenFull = fileURLToPath(new URL('./support/list-when-full.ts', import.meta.url));

/** A store that counts the events which are read from it. */
function counting(store: Store): { readonly store: Store; readonly read: () => number } {
  let read = 0;
  const counted = new Proxy(store, {
    get(target, key) {
      if (key !== 'read') return Reflect.get(target, key);
      return async function* (...args: Parameters<Store['read']>) {
        for await (const event of target.read(...args)) {
          read += 1;
          yield event;
        }
      };
    },
  });
  return { store: counted, read: () => read };
}

/** An index over a store, with what it needs. */
async function openIndex(store: Store, options: { readonly checkpointEvery?: number } = {}) {
  const feed = createEventFeed({ store });
  const states = createTaskStates({ store });
  const index = createTaskIndex({ store, states, feed, ...options });
  return {
    ...index,
    async [Symbol.asyncDispose]() {
      await index.close();
      await feed.close();
    },
  };
}

describe('the task index', () => {
  it('starts from its checkpoint after a restart: it reads what is new, not the history', async () => {
    await using folder = await levelStore();
    const first = await folder.open();
    const index = await openIndex(first);
    for (let n = 0; n < 30; n += 1) await storeTask(first, `t${n}`, n % 3 ? [] : [complete]);
    expect((await index.list({ status: ['completed'] })).items).toHaveLength(10);
    await index[Symbol.asyncDispose]();
    await storeTask(first, 'late');
    await first.close();

    const { store, read } = counting(await folder.open());
    await using again = await openIndex(store);
    expect(await again.taskIds()).toHaveLength(31);
    expect(read()).toBe(4);
    const page = await again.list({ limit: 3 });
    expect(page.items.map(({ taskId }) => taskId)).toEqual(['late', 't29', 't28']);
    expect((await again.list({ status: ['completed'], limit: 500 })).items).toHaveLength(10);
  });

  it('stores itself every so many events, and survives without a close', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    await using index = await openIndex(store, { checkpointEvery: 10 });
    for (let n = 0; n < 10; n += 1) await storeTask(store, `t${n}`);
    await index.list();
    await until(async () => (await store.readCheckpoint('api.task-index')) !== undefined);
    expect(await store.readCheckpoint('api.task-index')).toMatchObject({
      sequence: expect.any(Number),
    });
  });

  it('misses nothing that comes while it reads what it has not seen', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    await storeTask(store, 'before');
    let proceed = () => {};
    let isReading = false;
    const slow = new Proxy(store, {
      get(target, key) {
        if (key !== 'read') return Reflect.get(target, key);
        return async function* (...args: Parameters<Store['read']>) {
          isReading = true;
          await new Promise<void>((resolve) => {
            proceed = resolve;
          });
          yield* target.read(...args);
        };
      },
    });
    const feed = createEventFeed({ store });
    const states = createTaskStates({ store });
    await using index = createTaskIndex({ store: slow, states, feed });
    await until(() => isReading);
    const { lastSequence } = await storeTask(store, 'meanwhile');
    await until(() => feed.sequence >= lastSequence);
    proceed();
    expect(await index.taskIds()).toEqual(['meanwhile', 'before']);
    await feed.close();
  });

  it('takes a checkpoint that it cannot read as none', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    const { lastSequence } = await storeTask(store, 't');
    await store.writeCheckpoint({
      name: 'api.task-index',
      sequence: lastSequence,
      state: 'rubbish',
    });
    await using index = await openIndex(store);
    expect((await index.list()).items.map(({ taskId }) => taskId)).toEqual(['t']);
  });

  it('reads a long history to its end where the former checkpoint cannot be read, without a fault', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    for (let n = 0; n < 30; n += 1) await storeTask(store, `t${n}`);
    const { sequence } = await store.head();
    await store.writeCheckpoint({ name: 'api.task-index', sequence, state: 'rubbish' });
    const errors: unknown[] = [];
    const feed = createEventFeed({ store });
    const states = createTaskStates({ store });
    const onError = (error: unknown) => errors.push(error);
    const options = { store, states, feed, onError, checkpointEvery: 1 };
    await using index = createTaskIndex(options);
    expect(await index.taskIds()).toHaveLength(30);
    await index.close();
    expect(errors).toEqual([]);
    const stored = await store.readCheckpoint('api.task-index');
    expect(stored).toMatchObject({ sequence, state: { pages: [{ count: 30 }] } });
    await feed.close();
  });

  it('refuses who waits, and who asks later, where the store cannot be read', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    await storeTask(store, 't');
    const gate = Promise.withResolvers<undefined>();
    const unavailable = new Proxy(store, {
      get: (target, key) =>
        key === 'readCheckpoint' ? () => gate.promise : Reflect.get(target, key),
    });
    await using index = await openIndex(unavailable);
    const waiting = Promise.allSettled([index.list(), index.taskIds()]);
    // The store answers in turn: those that wait have the head now, and wait for the index.
    await store.head();
    const failure = new Error('unavailable');
    gate.reject(failure);
    const refused = { status: 'rejected', reason: failure };
    expect(await waiting).toEqual([refused, refused]);
    await expect(index.list()).rejects.toBe(failure);
  });

  it('refuses who waits when it is closed, and who asks later for what it will not see any more', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    const gate = Promise.withResolvers<undefined>();
    const slow = new Proxy(store, {
      get: (target, key) =>
        key === 'readCheckpoint' ? () => gate.promise : Reflect.get(target, key),
    });
    await storeTask(store, 't');
    await using index = await openIndex(slow);
    const waiting = Promise.allSettled([index.list(), index.taskIds()]);
    await store.head();
    const closed = index.close();
    gate.resolve(undefined);
    await closed;
    const refused = {
      status: 'rejected',
      reason: expect.objectContaining({ code: 'SHUTTING_DOWN' }),
    };
    expect(await waiting).toEqual([refused, refused]);
    await storeTask(store, 'later');
    await expect(index.list()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it.skipIf(process.platform === 'win32')(
    'lists all tasks from a store that has just refused to write, however often',
    async () => {
      await using folder = await levelStore();
      const listing = `ulimit -f 1000; exec "$0" --conditions=@org/source "$1" "$2"`;
      const args = ['-c', listing, process.execPath, whenFull, folder.path];
      const { stdout } = await promisify(execFile)('sh', args);
      expect(JSON.parse(stdout)).toEqual({
        refusal: 'STORE_UNAVAILABLE',
        health: 'degraded',
        listed: Array.from({ length: 12 }, (_, n) => [
          `t${11 - n}`,
          n === 11 ? expect.any(Number) : 4,
        ]),
        listedAgain: 12,
      });
    },
  );

  it('is stored again after as many events where the store refused it, not at each event', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    const errors: unknown[] = [];
    const refusing = new Proxy(store, {
      get: (target, key) =>
        key === 'writeCheckpoint'
          ? () => Promise.reject(new Error('No space left on device'))
          : Reflect.get(target, key),
    });
    const feed = createEventFeed({ store });
    const states = createTaskStates({ store });
    const onError = (error: unknown) => errors.push(error);
    const options = { store: refusing, states, feed, onError, checkpointEvery: 10 };
    await using index = createTaskIndex(options);
    for (let n = 0; n < 10; n += 1) await storeTask(store, `t${n}`);
    await index.list();
    expect(errors.length).toBeLessThanOrEqual(4);
    await feed.close();
  });
});

describe('task states', () => {
  it('are as new as the store with every answer, and fold each event once', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    const { store: counted, read } = counting(store);
    const states = createTaskStates({ store: counted });
    await storeTask(store, 't');
    expect((await states.get('t'))?.version).toBe(4);
    const many = Promise.all(Array.from({ length: 10 }, () => states.get('t')));
    expect(new Set((await many).map((state) => state?.version))).toEqual(new Set([4]));
    await store.append('t', code(2));
    expect(await states.get('t')).toMatchObject({ version: 5, codeVersion: 2 });
    expect(read()).toBe(5);
    expect(await states.get('nobody')).toBeUndefined();
  });

  it('are kept up to a number; the least recently asked for goes first', async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    const states = createTaskStates({ store, size: 3 });
    for (const id of ['a', 'b', 'c', 'd']) {
      await storeTask(store, id);
      await states.get(id);
    }
    expect(states.size).toBe(3);
    expect((await states.get('a'))?.version).toBe(4);
  });
});
