import {
  codingEvents,
  createMemoryEventStore,
  type Event,
  type EventStore,
  type NewEvent,
} from '@org/events';
import { TaskOrchestrator, TaskPriority } from '@org/orchestrator';
import { createSandboxRunner } from '@org/workflow/sandbox';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PriorityName } from '../../src/requests/coding-task-request.ts';
import { UnfinishedTasks } from '../../src/tasks/unfinished-tasks.ts';
import type { TestRunner } from '../../src/test-runner.ts';
import { fakeTestRunner } from '../../src/testing/index.ts';
import { countTurns } from '../loop-turns.ts';
import { fenced, quickRules, quickWorld, type WorldOptions, world } from './world.ts';

let testRunner: TestRunner;
beforeAll(async () => {
  testRunner = await createSandboxRunner();
});
afterAll(() => testRunner.close());

const open = (given: WorldOptions = {}) => world({ testRunner, ...given });

describe('many tasks on one model host', () => {
  it('20 at once with mixed priorities: model calls are served in priority order, one at a time, none lost', async () => {
    const served: { readonly taskId: string; readonly priority: number }[] = [];
    const priorities: readonly PriorityName[] = ['LOW', 'CRITICAL', 'BACKGROUND', 'HIGH', 'MEDIUM'];
    const asked = new Map<string, PriorityName>();
    await using w = await quickWorld({
      options: {
        hooks: {
          onStepStarted: ({ taskId, step }) => {
            if (step.kind === 'plan')
              served.push({ taskId, priority: TaskPriority[asked.get(taskId) ?? 'MEDIUM'] });
          },
        },
      },
    });
    // While the queue is paused all plans are submitted; then they are served in order.
    w.orchestrator.pause();
    for (let n = 0; n < 20; n += 1) {
      const priority = priorities[n % priorities.length] ?? 'MEDIUM';
      const taskId = `task-${n}`;
      asked.set(taskId, priority);
      await w.workflow.start({ prompt: 'Write a sum function', taskId, priority });
    }
    await vi.waitFor(() => expect(w.orchestrator.stats().queued).toBe(20));
    w.orchestrator.resume();
    await w.workflow.onIdle();
    expect(served.map((s) => s.priority)).toEqual(
      served.map((s) => s.priority).toSorted((a, b) => a - b),
    );
    expect(new Set(served.map((s) => s.taskId)).size).toBe(20);
    for (const { taskId } of served) {
      const same = served.filter(
        (s) => s.priority === served.find((t) => t.taskId === taskId)?.priority,
      );
      const numbers = same.map((s) => Number(s.taskId.slice(5)));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect((await w.types(taskId)).filter((type) => type === 'TASK_COMPLETE')).toHaveLength(1);
    }
    expect(w.standIn.peak('mistral:7b')).toBe(1);
    expect(w.standIn.requests('/api/chat')).toHaveLength(60);
  }, 60_000);

  it('a pending intervention lifts the next step to CRITICAL, past those that wait', async () => {
    const started: string[] = [];
    await using w = await quickWorld({
      tokensPerSecond: 40,
      options: {
        hooks: { onStepStarted: ({ taskId, step }) => void started.push(`${taskId} ${step.kind}`) },
      },
    });
    const low = { prompt: 'Write a sum function', taskId: 'low', priority: 'LOW' as const };
    await w.workflow.start(low);
    await w.until('low', 'TASK_STARTED');
    for (const n of [1, 2])
      await w.workflow.start({ ...low, taskId: `high-${n}`, priority: 'HIGH' });
    await w.workflow.intervene('low', {
      kind: 'guidance',
      text: 'be quick',
      questionId: null,
      plan: null,
    });
    await w.until('low', 'MODULE_STARTED');
    // Whoever was first in the queue when the plan settled is served; then the lifted step, before its betters.
    expect(started.slice(0, 3)).toEqual(['low plan', 'high-1 plan', 'low generate']);
  });

  it.each([
    ['refuses at once', { submitTimeoutMs: 0 }],
    ['lets wait for a moment only', { submitTimeoutMs: 1 }],
    ['lets nobody wait', { maxWaiting: 0 }],
  ])(
    'an admitted task is never refused later, not even by an orchestrator that %s',
    async (_, limit) => {
      const orchestrator = new TaskOrchestrator({ maxQueueSize: 1, maxConcurrent: 1, ...limit });
      await using w = await quickWorld({ tokensPerSecond: 500, options: { orchestrator } });
      const taskIds = ['one', 'two', 'three', 'four', 'five'];
      for (const taskId of taskIds)
        await w.workflow.start({ prompt: 'Write a sum function', taskId });
      await w.workflow.onIdle();
      for (const taskId of taskIds) expect(await w.types(taskId)).toContain('TASK_COMPLETE');
      await orchestrator.shutdown({ mode: 'cancel' });
    },
  );

  it('a step has one attempt, whatever the orchestrator does with other work', async () => {
    const orchestrator = new TaskOrchestrator({ retry: { attempts: 3, delayMs: 0 } });
    const runner = fakeTestRunner();
    const collect = vi.fn(() => Promise.reject(new Error('the disk is gone')));
    await using w = await quickWorld({
      testRunner: { ...runner, collect },
      options: { orchestrator },
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    expect((await w.until(taskId, 'TASK_FAILED')).data).toMatchObject({ reason: 'step-error' });
    expect(collect).toHaveBeenCalledTimes(1);
    await orchestrator.shutdown({ mode: 'cancel' });
  });

  it('analysis in the background is preempted by a model step that is far more urgent', async () => {
    await using w = await quickWorld();
    const held = Promise.withResolvers<void>();
    const running = Promise.withResolvers<void>();
    w.orchestrator.setConcurrency(1);
    let attempts = 0;
    const analysis = w.orchestrator.submit({
      priority: TaskPriority.LOW,
      preemptible: true,
      run: async ({ signal }) => {
        attempts += 1;
        running.resolve();
        if (attempts > 1) return;
        signal.addEventListener('abort', () => held.resolve(), { once: true });
        await held.promise;
        signal.throwIfAborted();
      },
    });
    await running.promise;
    const { taskId } = await w.workflow.start({
      prompt: 'Write a sum function',
      priority: 'CRITICAL',
    });
    await w.until(taskId, 'TASK_COMPLETE');
    await analysis.result;
    expect(attempts).toBe(2);
    expect(w.orchestrator.stats().preempted).toBeGreaterThanOrEqual(1);
  });

  it('nothing blocks the event loop while tests run and code is parsed', async () => {
    using loop = countTurns();
    const begun = new Map<string, number>();
    const turns: { readonly kind: string; readonly turns: number }[] = [];
    await using w = await open({
      options: {
        hooks: {
          onStepStarted: ({ stepId }) => void begun.set(stepId, loop.turns),
          onStepSettled: ({ stepId, step }) =>
            void turns.push({ kind: step.kind, turns: loop.turns - (begun.get(stepId) ?? 0) }),
        },
      },
    });
    const files = Array.from({ length: 20 }, (_, n) => ({
      path: `given${n}.js`,
      kind: 'source' as const,
      content: `export const given = (n) => n + ${n};\n`,
    }));
    const started = await Promise.all(
      [1, 2, 3].map(() => w.workflow.start({ prompt: 'Write a sum function', files })),
    );
    for (const { taskId } of started) await w.until(taskId, 'DEAD_CODE_ANALYSIS');
    await w.workflow.onIdle();
    const least = (kind: string) =>
      Math.min(...turns.filter((step) => step.kind === kind).map((step) => step.turns));
    // Run on this thread, the tests would leave a turn or two; parsed at once, the files none.
    expect(least('test')).toBeGreaterThan(50);
    expect(least('analyse')).toBeGreaterThanOrEqual(files.length);
  });
});

describe('the list of unfinished tasks', () => {
  const create = (store: EventStore<Event, NewEvent>, taskId: string) =>
    store.append(taskId, { eventType: 'TASK_CREATED', data: { prompt: 'x' } });

  it('makes a start independent of the history: only what came after the checkpoint is read', async () => {
    const store = createMemoryEventStore(codingEvents);
    const all = await UnfinishedTasks.open(store);
    for (let n = 0; n < 1_000; n += 1) {
      const taskId = `task-${n}`;
      for (const event of (await create(store, taskId)).events) all.note(event);
      if (n < 990) {
        const ended = await store.append(taskId, {
          eventType: 'TASK_FAILED',
          data: { reason: 'x', message: 'x' },
        });
        for (const event of ended.events) all.note(event);
      }
    }
    await all.write();
    await create(store, 'late');
    const read = vi.spyOn(store, 'read');
    const again = await UnfinishedTasks.open(store);
    expect(read.mock.calls[0]?.[0]).toMatchObject({ afterSequence: 1_990 });
    expect(again.taskIds()).toEqual([
      ...Array.from({ length: 10 }, (_, n) => `task-${990 + n}`),
      'late',
    ]);
    await store.close();
  });

  it('a damaged list is made anew from the log', async () => {
    const store = createMemoryEventStore(codingEvents);
    const { events } = await create(store, 'one');
    await store.writeCheckpoint({
      name: 'workflow/unfinished-tasks',
      sequence: events[0]?.sequence ?? 0,
      state: { nonsense: true },
    });
    expect((await UnfinishedTasks.open(store)).taskIds()).toEqual(['one']);
    await store.close();
  });
});

describe('languages and plans', () => {
  it('Python goes the same way', async () => {
    await using w = await open({
      rules: [
        {
          when: { lastContains: ['Plan this task.'] },
          answer: {
            json: {
              modules: [{ name: 'summing.py', purpose: 'adds', dependsOn: [] }],
              questions: [],
            },
          },
        },
        {
          when: { lastContains: ['Write the file summing.py.'] },
          answer: { text: '```python\ndef add(a, b):\n    return a - b\n```' },
        },
        {
          when: { lastContains: ['Write the tests of summing.py'] },
          answer: {
            text: '```python\nimport unittest\nfrom summing import add\n\nclass TestAdd(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(add(2, 3), 5)\n```',
          },
        },
        {
          when: { lastContains: ['of summing.py fail'] },
          answer: { text: '```python\ndef add(a, b):\n    return a + b\n```' },
        },
      ],
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write an add function in Python' });
    await w.until(taskId, 'TASK_COMPLETE');
    const types = await w.types(taskId);
    expect(types).toContain('TEST_FAILED');
    expect((await w.workflow.readFile(taskId, 'summing.py')).content).toContain('a + b');
  }, 20_000);

  it('a change of plan aborts the running call at once, of this task alone, and goes on with the new plan', async () => {
    await using w = await quickWorld({
      tokensPerSecond: 20,
      rules: [
        ...quickRules(),
        { when: { lastContains: ['Write the file other.js.'] }, answer: fenced('return 1\n') },
        {
          when: { lastContains: ['Write the tests of other.js'] },
          answer: fenced('is 1: return 1\n'),
        },
      ],
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'MODULE_STARTED');
    await vi.waitFor(() => expect(w.standIn.requests('/api/chat')).toHaveLength(2));
    await w.workflow.intervene(taskId, {
      kind: 'plan',
      text: null,
      questionId: null,
      plan: [{ name: 'other.js', purpose: 'gives 1', dependsOn: [] }],
    });
    await w.until(taskId, 'TASK_COMPLETE');
    expect(w.standIn.requests('/api/chat')[1]).toMatchObject({ rule: 'code', outcome: 'aborted' });
    expect((await w.workflow.files(taskId)).map((file) => file.path)).toEqual(['other.js']);
  }, 20_000);

  it('`answers` of a task reach the planner ahead of its questions', async () => {
    await using w = await quickWorld();
    const { taskId } = await w.workflow.start({
      prompt: 'Write a sum function',
      answers: ['Only safe integers matter.'],
    });
    await w.until(taskId, 'PLANNING_COMPLETE');
    expect(JSON.stringify(w.standIn.requests('/api/chat')[0]?.body)).toContain(
      'Only safe integers',
    );
  });

  it('every code version is kept and can be read back from the workspace', async () => {
    await using w = await quickWorld({
      rules: quickRules({ first: 'export const sum = () => 0;\n' }),
      workspace: true,
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'TASK_COMPLETE');
    expect(await w.workflow.readFile(taskId, 'sum.js', { version: 1 })).toMatchObject({
      content: 'export const sum = () => 0;\n',
    });
    expect((await w.workflow.files(taskId, { version: 2 }))[0]).toMatchObject({ codeVersion: 2 });
    await expect(w.workflow.files(taskId, { version: 3 })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('bad requests are refused with the field named', async () => {
    await using w = await quickWorld();
    const bad = (request: Parameters<typeof w.workflow.start>[0]) => w.workflow.start(request);
    await expect(bad({ prompt: '  ' })).rejects.toMatchObject({
      code: 'INVALID_TASK',
      field: 'prompt',
    });
    await expect(
      bad({ prompt: 'x', files: [{ path: '../x.js', content: '', kind: 'source' }] }),
    ).rejects.toMatchObject({ field: 'files[0].path' });
    const twins = ['A.js', 'a.js'].map((path) => ({ path, content: '', kind: 'source' as const }));
    await expect(bad({ prompt: 'x', files: twins })).rejects.toMatchObject({ field: 'files' });
    await expect(w.workflow.cancel('nobody')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function', taskId: 'one' });
    await expect(bad({ prompt: 'x', taskId: 'one' })).rejects.toMatchObject({
      code: 'TASK_EXISTS',
    });
    const intervention = { text: null, questionId: null, plan: null };
    await expect(
      w.workflow.intervene(taskId, { kind: 'guidance', ...intervention }),
    ).rejects.toMatchObject({ code: 'INVALID_INTERVENTION', field: 'text' });
    await expect(
      w.workflow.intervene(taskId, { kind: 'answer', ...intervention, text: 'x' }),
    ).rejects.toMatchObject({ code: 'INVALID_INTERVENTION' });
    await w.until(taskId, 'TASK_COMPLETE');
    await expect(
      w.workflow.intervene(taskId, { kind: 'pause', ...intervention }),
    ).rejects.toMatchObject({ code: 'TASK_ENDED' });
    await expect(w.workflow.explainContext(taskId, 'no-call')).rejects.toMatchObject({
      code: 'CALL_NOT_FOUND',
    });
  });
});
