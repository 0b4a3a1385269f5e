import { codingEvents, createMemoryEventStore } from '@org/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CodingTasks,
  createServices,
  isApiError,
  type Services,
  type TaskEnd,
} from '../src/index.ts';
import { createEventBackedTasks, portError } from '../src/testing/index.ts';
import type { Store } from './support/running-api.ts';
import { complete, started } from './support/task-events.ts';
import { until } from './support/until.ts';

let store: Store;
let services: Services;
let tasks: CodingTasks;
const errors: unknown[] = [];

beforeEach(async () => {
  store = createMemoryEventStore(codingEvents);
  tasks = createEventBackedTasks(store);
  services = createServices({ store, tasks, onError: (error) => errors.push(error) });
  await services.feed.ready;
});
afterEach(async () => {
  await services.close();
  await store.close();
});

const request = (taskId: string | null = null) => ({
  prompt: 'p',
  answers: [],
  priority: null,
  language: null,
  files: [],
  taskId,
  idempotency: null,
});

describe('TaskManager', () => {
  it('gate 4.3: a started task is tracked; cancelling ends and removes it; a finished one is removed', async () => {
    const { taskManager } = services;
    await taskManager.startTask(request('a'));
    await taskManager.startTask(request('b'));
    expect(taskManager.activeTaskIds).toEqual(['a', 'b']);
    expect(await taskManager.cancelTask('a')).toEqual({ status: 'cancelled', version: 2 });
    expect(taskManager.isActive('a')).toBe(false);
    await store.append('b', [started, complete]);
    await until(() => !taskManager.isActive('b'));
    expect(await taskManager.getTaskStatus('b')).toBe('completed');
  });

  it('returns from startTask when the task is stored, at once, with nothing of it done', async () => {
    const { taskId, version } = await services.taskManager.startTask(request());
    const stored = await store.getEvents(taskId);
    expect(stored.map(({ eventType }) => eventType)).toEqual(['TASK_CREATED']);
    expect(version).toBe(1);
    expect(services.taskManager.isActive(taskId)).toBe(true);
  });

  it('has no truth of its own: a status is what the event store says, whoever has stored it', async () => {
    const { taskManager } = services;
    await store.append('foreign', { eventType: 'TASK_CREATED', data: { prompt: 'p' } });
    expect(await taskManager.getTaskStatus('foreign')).toBe('created');
    await store.append('foreign', [started, complete]);
    expect(await taskManager.getTaskStatus('foreign')).toBe('completed');
    expect(await taskManager.cancelTask('foreign')).toEqual({ status: 'completed', version: 3 });
  });

  it('waits in cancelTask for the end of the task', async () => {
    const { taskManager } = services;
    await taskManager.startTask(request('t'));
    let stop = () => {};
    const cancel = tasks.cancel.bind(tasks);
    tasks.cancel = async (...args) => {
      await new Promise<void>((resolve) => {
        stop = resolve;
      });
      return cancel(...args);
    };
    let ended = false;
    const cancelling = taskManager.cancelTask('t').then((end) => {
      ended = true;
      return end;
    });
    await services.index.list();
    expect([ended, await taskManager.getTaskStatus('t')]).toEqual([false, 'created']);
    stop();
    expect((await cancelling).status).toBe('cancelled');
  });

  it.each([
    ['completed', complete],
    ['failed', { eventType: 'TASK_FAILED', data: { reason: 'max-iterations', message: 'm' } }],
    ['cancelled', { eventType: 'TASK_CANCELLED', data: {} }],
  ] as const)('calls back once when a task is %s', async (status, event) => {
    const ends: TaskEnd[] = [];
    await services.taskManager.startTask(request('t'), { onEnd: (end) => ends.push(end) });
    await store.append('t', event);
    await until(() => ends.length > 0);
    await services.taskManager.cancelTask('t');
    await store.append('t', { eventType: 'DEAD_CODE_ANALYSIS', data: { findings: [] } });
    await services.index.list();
    expect(ends).toEqual([{ taskId: 't', status, version: 2 }]);
    expect(services.taskManager.activeTaskIds).toEqual([]);
  });

  it('calls back once, with the error, when a task cannot be started', async () => {
    const ends: TaskEnd[] = [];
    const error = portError('NO_ROOM', 'full', { retryAfterSeconds: 1 });
    tasks.start = () => Promise.reject(error);
    const starting = services.taskManager.startTask(request('t'), {
      onEnd: (end) => ends.push(end),
    });
    await expect(starting).rejects.toBe(error);
    expect(ends).toEqual([{ taskId: 't', status: 'refused', error }]);
    expect(services.taskManager.activeTaskIds).toEqual([]);
  });

  it('goes on when a callback throws, and tells of it', async () => {
    const thrown = new Error('callback');
    await services.taskManager.startTask(request('t'), {
      onEnd() {
        throw thrown;
      },
    });
    await store.append('t', complete);
    await until(() => errors.includes(thrown));
    expect(services.taskManager.activeTaskIds).toEqual([]);
  });

  it('notices a task that ends before its start has answered', async () => {
    const ends: TaskEnd[] = [];
    const start = tasks.start.bind(tasks);
    tasks.start = async (...args) => {
      const result = await start(...args);
      await store.append(result.taskId, complete);
      await services.index.list();
      return result;
    };
    await services.taskManager.startTask(request(), { onEnd: (end) => ends.push(end) });
    await until(() => ends.length === 1);
    expect(services.taskManager.activeTaskIds).toEqual([]);
  });

  it('rejects a duplicate id, of a running and of a stored task', async () => {
    const { taskManager } = services;
    await taskManager.startTask(request('t'));
    await expect(taskManager.startTask(request('t'))).rejects.toSatisfy((error) =>
      isApiError(error, 'TASK_EXISTS'),
    );
    await taskManager.cancelTask('t');
    await expect(taskManager.startTask(request('t'))).rejects.toMatchObject({
      code: 'TASK_EXISTS',
    });
    const both = await Promise.allSettled([
      taskManager.startTask(request('u')),
      taskManager.startTask(request('u')),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(taskManager.activeTaskIds).toEqual(['u']);
  });

  it('is idempotent in cancelling, and harmless on a finished task', async () => {
    const { taskManager } = services;
    await taskManager.startTask(request('t'));
    const both = await Promise.all([taskManager.cancelTask('t'), taskManager.cancelTask('t')]);
    expect(both[0].status).toBe('cancelled');
    await taskManager.startTask(request('done'));
    await store.append('done', complete);
    expect(await taskManager.cancelTask('done')).toEqual({ status: 'completed', version: 2 });
  });

  it('gives a typed error for an unknown id', async () => {
    await expect(services.taskManager.getTaskStatus('nobody')).rejects.toSatisfy((error) =>
      isApiError(error, 'TASK_NOT_FOUND'),
    );
    await expect(services.taskManager.cancelTask('nobody')).rejects.toMatchObject({
      code: 'TASK_NOT_FOUND',
    });
  });

  it('misses none in shutdownAll, not even those that are just starting', async () => {
    const { taskManager } = services;
    for (let n = 0; n < 20; n += 1) await taskManager.startTask(request(`t${n}`));
    let release = () => {};
    const start = tasks.start.bind(tasks);
    tasks.start = async (...args) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return start(...args);
    };
    const late = taskManager.startTask(request());
    const ending = taskManager.shutdownAll({ reason: 'stop' });
    release();
    await late;
    const ends = await ending;
    expect(ends).toHaveLength(21);
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['cancelled']));
    expect(taskManager.activeTaskIds).toEqual([]);
    await expect(taskManager.startTask(request())).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('adopts a task that an earlier process has started', async () => {
    const ends: TaskEnd[] = [];
    await store.append('old', { eventType: 'TASK_CREATED', data: { prompt: 'p' } });
    await services.taskManager.adopt('old', { onEnd: (end) => ends.push(end) });
    expect(services.taskManager.isActive('old')).toBe(true);
    await store.append('old', complete);
    await until(() => ends.length === 1);
    await services.taskManager.adopt('old');
    expect(services.taskManager.activeTaskIds).toEqual([]);
  });
});
