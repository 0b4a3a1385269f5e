import { ContextManager } from '@org/context';
import { codingEvents, createMemoryEventStore, StoreUnavailableError } from '@org/events';
import type { LanguageModel } from '@org/models';
import { scriptedLanguageModel } from '@org/models/testing';
import { describe, expect, it, vi } from 'vitest';
import { change, quickRules, quickWorld, type WorldOptions } from './world.ts';

const prompt = 'Write a sum function';

describe('a workflow that closes', () => {
  it('refuses who waits for a place at once; nothing is stored for him', async () => {
    await using w = await quickWorld({
      tokensPerSecond: 20,
      options: { admission: { maxTasks: 1, waitMs: 600_000 } },
    });
    await w.workflow.start({ prompt });
    const waiting = w.workflow.start({ prompt, taskId: 'late' });
    await vi.waitFor(() => expect(w.workflow.figures().waitingForPlace).toBe(1));
    const refused = expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await w.workflow.close();
    await refused;
    await expect(w.workflow.start({ prompt })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await w.events('late')).toEqual([]);
  });

  it('does not begin a task that is stored while it closes; the next life does', async () => {
    const store = createMemoryEventStore(codingEvents);
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    await using w = await quickWorld({
      store: {
        ...store,
        append: async (...given: Parameters<typeof store.append>) => {
          asked.resolve();
          await held.promise;
          return store.append(...given);
        },
      } as typeof store,
    });
    const starting = w.workflow.start({ prompt });
    await asked.promise;
    await w.workflow.close();
    held.resolve();
    const { taskId } = await starting;
    await w.workflow.onIdle();
    expect(await w.types(taskId)).toEqual(['TASK_CREATED']);
    expect((await w.restart()).resume()).toEqual([taskId]);
    await w.until(taskId, 'TASK_COMPLETE');
  });

  it('drains: the running step is finished and stored, steps in the queue are left to the next life; closing again changes nothing', async () => {
    await using w = await quickWorld({ tokensPerSecond: 200 });
    await w.workflow.start({ prompt, taskId: 'runs' });
    await w.workflow.start({ prompt, taskId: 'waits' });
    await vi.waitFor(() => expect(w.standIn.requests('/api/chat')).toHaveLength(1));
    const drained = w.workflow.close({ mode: 'drain' });
    await w.workflow.close({ mode: 'cancel' });
    await drained;
    expect((await w.types('runs')).at(-1)).toBe('PLANNING_COMPLETE');
    expect(await w.types('waits')).toEqual(['TASK_CREATED']);
    expect(w.standIn.requests('/api/chat')).toHaveLength(1);
  });

  it('drains without waiting for a model that turns out to be away', async () => {
    const begun = Promise.withResolvers<void>();
    await using w = await quickWorld({
      options: {
        retryDelayMs: () => 600_000,
        hooks: { onStepStarted: () => begun.resolve() },
      },
    });
    w.standIn.fault({ kind: 'busy' }, { times: 1 });
    const { taskId } = await w.workflow.start({ prompt });
    await begun.promise;
    await w.workflow.close({ mode: 'drain' });
    expect((await w.types(taskId)).filter((type) => type.startsWith('TASK_'))).toEqual([
      'TASK_CREATED',
      'TASK_STARTED',
    ]);
  });

  it('drains without waiting for a store that is away: what it could not store is done again', async () => {
    const store = createMemoryEventStore(codingEvents);
    let away = false;
    await using w = await quickWorld({
      tokensPerSecond: 200,
      store: {
        ...store,
        append: async (...given: Parameters<typeof store.append>) => {
          if (away) throw new StoreUnavailableError({ reason: 'no space left', cause: null });
          return store.append(...given);
        },
      } as typeof store,
      options: { retryDelayMs: () => 600_000 },
    });
    const { taskId } = await w.workflow.start({ prompt });
    await vi.waitFor(() => expect(w.standIn.requests('/api/chat')).toHaveLength(1));
    away = true;
    await w.workflow.close({ mode: 'drain' });
    expect((await w.types(taskId)).at(-1)).toBe('TASK_STARTED');
    away = false;
    (await w.restart()).resume();
    await w.until(taskId, 'TASK_COMPLETE');
  });

  it('an orchestrator that shuts down in mid-step ends nothing: the next life goes on', async () => {
    await using w = await quickWorld({ tokensPerSecond: 50 });
    const { taskId } = await w.workflow.start({ prompt });
    await vi.waitFor(() => expect(w.standIn.requests('/api/chat')).toHaveLength(1));
    await w.orchestrator.shutdown({ mode: 'cancel' });
    await w.workflow.onIdle();
    expect(await w.types(taskId)).toEqual(['TASK_CREATED', 'TASK_STARTED']);
  });
});

describe('a step that takes too long', () => {
  it('fails the task with the reason, delivering the version that passed most tests', async () => {
    await using w = await quickWorld({
      rules: quickRules({ first: 'export const ENDLESS = 1;\n' }),
      options: { limits: { stepTimeoutMs: 300, tests: { timeoutMs: 60_000 } } },
    });
    const { taskId } = await w.workflow.start({ prompt });
    const failed = await w.until(taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({ reason: 'step-timeout', files: ['sum.js'] });
    expect(failed.data).toMatchObject({ message: expect.stringContaining('test') });
  });

  it('is not one that waited for the store', async () => {
    const store = createMemoryEventStore(codingEvents);
    let failures = 0;
    await using w = await quickWorld({
      store: {
        ...store,
        append: async (...given: Parameters<typeof store.append>) => {
          const [event] = [given[1]].flat();
          if (event?.eventType === 'MODULE_STARTED' && failures < 10) {
            failures += 1;
            throw new StoreUnavailableError({ reason: 'no space left', cause: null });
          }
          return store.append(...given);
        },
      } as typeof store,
      options: { limits: { stepTimeoutMs: 400 }, retryDelayMs: () => 60 },
    });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_COMPLETE');
    expect(failures).toBe(10);
  });
});

it('a task that was cancelled by nobody is ended by nobody: a stop in mid-step appends nothing', async () => {
  await using w = await quickWorld({ tokensPerSecond: 50 });
  const { taskId } = await w.workflow.start({ prompt });
  await vi.waitFor(() => expect(w.standIn.requests('/api/chat')).toHaveLength(1));
  await w.workflow.close();
  expect(await w.types(taskId)).toEqual(['TASK_CREATED', 'TASK_STARTED']);
  await expect(w.workflow.cancel(taskId)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // The wish is stored all the same.
  (await w.restart()).resume();
  await w.until(taskId, 'TASK_CANCELLED');
  await expect(w.workflow.intervene(taskId, change('pause'))).rejects.toMatchObject({
    code: 'TASK_ENDED',
  });
});

it('a code version that a crash kept from the workspace is written there by the next life', async () => {
  await using w = await quickWorld({ workspace: true, tokensPerSecond: 100 });
  const content = 'export const sum = 1;\n';
  const files = [{ path: 'sum.js', content, hash: 'x' }];
  const plan = { modules: [{ name: 'sum.js', purpose: 'adds', dependsOn: [] }] };
  await w.store.append('one', { eventType: 'TASK_CREATED', data: { prompt } });
  await w.store.append('one', { eventType: 'PLANNING_COMPLETE', data: plan });
  await w.store.append('one', {
    eventType: 'CODE_GENERATED',
    codeVersion: 1,
    data: { module: 'sum.js', iteration: 1, files },
  });
  (await w.restart()).resume();
  await vi.waitFor(async () =>
    expect(await w.workspace?.readVersion('one', 1)).toEqual([{ path: 'sum.js', content }]),
  );
});

describe('a model that never answers and listens to nothing', () => {
  async function deaf(options: WorldOptions['options'] = {}) {
    const w = await quickWorld({ options });
    const asked = Promise.withResolvers<void>();
    const model: LanguageModel = {
      ...scriptedLanguageModel({ id: 'deaf' }),
      generate: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    };
    const models = [model];
    w.workflow.reconfigure({ models, contexts: new ContextManager({ models }) });
    return Object.assign(w, { asked: asked.promise });
  }

  it('does not keep a cancelled task from ending, nor the next one from its place', async () => {
    await using w = await deaf({ admission: { maxTasks: 1 } });
    const { taskId } = await w.workflow.start({ prompt });
    await w.asked;
    expect(await w.workflow.cancel(taskId)).toMatchObject({ status: 'cancelled' });
    await w.workflow.start({ prompt });
  });

  it('is given up when the step has taken too long', async () => {
    await using w = await deaf({ limits: { stepTimeoutMs: 50 } });
    const { taskId } = await w.workflow.start({ prompt });
    expect((await w.until(taskId, 'TASK_FAILED')).data).toMatchObject({ reason: 'step-timeout' });
  });

  it('does not keep the workflow from closing', async () => {
    await using w = await deaf();
    const { taskId } = await w.workflow.start({ prompt });
    await w.asked;
    await w.workflow.close();
    expect((await w.types(taskId)).at(-1)).toBe('TASK_STARTED');
  });
});
