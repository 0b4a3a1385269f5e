import { codingEvents, createMemoryEventStore, type Event } from '@org/events';
import { describe, expect, it, vi } from 'vitest';
import { change, fenced, planOf, quickRules, quickWorld, type World } from './world.ts';

const prompt = 'Write a sum function';
const report = {
  description: 'x',
  module: null,
  codeVersion: 1,
  codeHash: null,
  vectorClock: null,
};

/** A store in which what users say is stored only once an event of this type stands in the log. */
function lateUsers(type: Event['eventType']) {
  const store = createMemoryEventStore(codingEvents);
  const stored = Promise.withResolvers<void>();
  return {
    ...store,
    append: async (...given: Parameters<typeof store.append>) => {
      if (given[2]?.process === 'user' && given[2].expectedVersion !== 'no-stream')
        await stored.promise;
      const result = await store.append(...given);
      if (result.events.some((event) => event.eventType === type)) stored.resolve();
      return result;
    },
  } as typeof store;
}

/** Answers that ask a question first, and plan once it is answered. */
const asking = [
  ...quickRules().filter((rule) => rule.name !== 'plan'),
  {
    name: 'asks',
    when: { lastContains: ['Plan this task.'], notContains: ['Only integers'] },
    answer: { json: { modules: [], questions: ['Integers only?', 'How many?'] } },
  },
  { ...planOf('sum.js'), when: { lastContains: ['Plan this task.', 'Only integers'] } },
];

describe('two users at once', () => {
  it('cancel twice at once: one intent, one end, the same answer', async () => {
    await using w = await quickWorld({ tokensPerSecond: 20 });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_STARTED');
    const [one, two] = await Promise.all([w.workflow.cancel(taskId), w.workflow.cancel(taskId)]);
    expect(one).toEqual(two);
    expect((await w.types(taskId)).slice(2)).toEqual(['USER_INTERVENTION', 'TASK_CANCELLED']);
  });

  it('the same question answered twice at once: one answer is stored, the other is refused', async () => {
    await using w = await quickWorld({ rules: asking });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'PLANNING_COMPLETE');
    const answers = await Promise.allSettled(
      ['Only integers', 'Only integers, I said'].map((text) =>
        w.workflow.intervene(taskId, change('answer', { text })),
      ),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await w.until(taskId, 'TASK_COMPLETE');
    expect((await w.types(taskId)).filter((type) => type === 'USER_INTERVENTION')).toHaveLength(1);
  });

  it('two interventions at once are both stored and both reach the next call', async () => {
    await using w = await quickWorld({ tokensPerSecond: 100 });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'MODULE_ITERATION');
    await Promise.all(
      ['Mind the overflow.', 'Mind the zero.'].map((text) =>
        w.workflow.intervene(taskId, change('guidance', { text })),
      ),
    );
    await w.until(taskId, 'TASK_COMPLETE');
    const body = JSON.stringify(w.standIn.requests('/api/chat').at(-1)?.body);
    expect(body).toContain('Mind the overflow.');
    expect(body).toContain('Mind the zero.');
  });
});

describe('what comes with the very end', () => {
  it('a cancel is not stored behind it and does not end a task that a bug report reopens', async () => {
    await using w = await quickWorld({ store: lateUsers('TASK_COMPLETE') });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_STARTED');
    expect(await w.workflow.cancel(taskId)).toMatchObject({ status: 'completed' });
    await w.workflow.reportBug(taskId, report);
    await w.until(taskId, 'TASK_COMPLETE', 2);
    expect(await w.types(taskId)).not.toContain('USER_INTERVENTION');
  });

  it('a pause is refused and does not hold a task that a bug report reopens', async () => {
    await using w = await quickWorld({ store: lateUsers('TASK_COMPLETE') });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_STARTED');
    await expect(w.workflow.intervene(taskId, change('pause'))).rejects.toMatchObject({
      code: 'TASK_ENDED',
    });
    await w.workflow.reportBug(taskId, report);
    await w.until(taskId, 'TASK_COMPLETE', 2);
  });

  it('guidance at the last moment, after the tests have passed, still leads to a correction', async () => {
    await using w = await quickWorld({ store: lateUsers('TEST_PASSED') });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_STARTED');
    await w.workflow.intervene(taskId, change('guidance', { text: 'Say more.' }));
    await w.until(taskId, 'TASK_COMPLETE');
    const file = await w.workflow.readFile(taskId, 'sum.js');
    const types = await w.types(taskId);
    // It came before the end, or the end came first: then it waits for a bug report, as its log says.
    if (types.indexOf('USER_INTERVENTION') < types.indexOf('TASK_COMPLETE'))
      expect(file.content).toContain('guided');
    else expect(file.codeVersion).toBe(1);
  });
});

describe('a pause', () => {
  it('holds a step that still waits for its turn in the queue', async () => {
    await using w = await quickWorld();
    w.orchestrator.pause();
    const { taskId } = await w.workflow.start({ prompt });
    await vi.waitFor(() => expect(w.orchestrator.stats().queued).toBe(1));
    await w.workflow.intervene(taskId, change('pause'));
    w.orchestrator.resume();
    await w.orchestrator.onIdle();
    expect(await w.types(taskId)).toEqual(['TASK_CREATED', 'USER_INTERVENTION']);
    expect(w.standIn.requests('/api/chat')).toHaveLength(0);
    await w.workflow.intervene(taskId, change('resume'));
    await w.until(taskId, 'TASK_COMPLETE');
  });

  it('holds a step whose model is away, and its time does not count; every attempt stands in the log', async () => {
    let clock = 0;
    await using w = await quickWorld({
      options: {
        now: () => clock,
        limits: { modelWaitMs: 1_000 },
        retryDelayMs: (attempt) => (attempt === 1 ? 60_000 : 5),
      },
    });
    w.standIn.fault({ kind: 'busy' }, { times: 2 });
    const { taskId } = await w.workflow.start({ prompt });
    await vi.waitFor(() => expect(w.workflow.figures().waitingForModel).toBe(1));
    await w.workflow.intervene(taskId, change('pause'));
    await vi.waitFor(() => expect(w.workflow.figures().waitingForModel).toBe(0));
    await w.orchestrator.onIdle();
    expect(w.standIn.requests('/api/chat')).toHaveLength(1);
    clock = 10_000;
    await w.workflow.intervene(taskId, change('resume'));
    const plan = await w.until(taskId, 'PLANNING_COMPLETE');
    const calls = plan.eventType === 'PLANNING_COMPLETE' ? plan.data.calls : [];
    expect(calls.map((call) => call.outcome)).toEqual(['MODEL_BUSY', 'MODEL_BUSY', 'ok']);
  });

  it('survives a restart, as do waiting for an answer and a cancel that was asked for', async () => {
    await using w = await quickWorld({ rules: asking });
    const paused = await w.workflow.start({ prompt, taskId: 'paused' });
    const waiting = await w.workflow.start({ prompt, taskId: 'waiting' });
    for (const { taskId } of [paused, waiting]) await w.until(taskId, 'PLANNING_COMPLETE');
    await w.workflow.intervene('paused', change('pause'));
    await w.workflow.close();
    // A cancel whose server died before it could act on it.
    await w.store.append('cancelled', { eventType: 'TASK_CREATED', data: { prompt } });
    await w.store.append('cancelled', { eventType: 'USER_INTERVENTION', data: { kind: 'cancel' } });
    expect((await w.restart()).resume()).toHaveLength(3);
    await w.until('cancelled', 'TASK_CANCELLED');
    const answer = change('answer', { text: 'Only integers' });
    await w.workflow.intervene('waiting', answer);
    await w.workflow.intervene('paused', answer);
    await w.until('waiting', 'TASK_COMPLETE');
    await w.orchestrator.onIdle();
    expect((await w.types('paused')).at(-1)).toBe('USER_INTERVENTION');
    await w.workflow.intervene('paused', change('resume'));
    await w.until('paused', 'TASK_COMPLETE');
  });
});

it('an intervention lifts a step that is in the queue already to CRITICAL', async () => {
  const started: string[] = [];
  await using w = await quickWorld({
    options: { hooks: { onStepStarted: ({ taskId }) => void started.push(taskId) } },
  });
  w.orchestrator.pause();
  for (const taskId of ['one', 'two', 'three'])
    await w.workflow.start({ prompt, taskId, priority: taskId === 'three' ? 'LOW' : 'HIGH' });
  await vi.waitFor(() => expect(w.orchestrator.stats().queued).toBe(3));
  await w.workflow.intervene('three', change('guidance', { text: 'be quick' }));
  await vi.waitFor(() =>
    expect(w.orchestrator.stats().queuedByPriority).toMatchObject({ CRITICAL: 1 }),
  );
  w.orchestrator.resume();
  for (const taskId of ['one', 'two', 'three']) await w.until(taskId, 'TASK_COMPLETE');
  expect(started[0]).toBe('three');
});

describe('a cancel ends a task', () => {
  const states: Record<string, (w: World, taskId: string) => Promise<void>> = {
    'that waits in the queue': async (w) => {
      await vi.waitFor(() => expect(w.orchestrator.stats().queued).toBe(1));
    },
    'that is paused': async (w, taskId) => {
      await w.workflow.intervene(taskId, change('pause'));
      w.orchestrator.resume();
      await w.orchestrator.onIdle();
    },
    'that waits for an answer': async (w, taskId) => {
      w.orchestrator.resume();
      await w.until(taskId, 'PLANNING_COMPLETE');
      await w.orchestrator.onIdle();
    },
    'whose model is away': async (w) => {
      w.standIn.fault({ kind: 'busy' }, { times: Number.POSITIVE_INFINITY });
      w.orchestrator.resume();
      await vi.waitFor(() => expect(w.workflow.figures().waitingForModel).toBe(1));
    },
  };
  it.each(Object.keys(states))('%s', async (name) => {
    await using w = await quickWorld({
      rules: asking,
      options: { retryDelayMs: () => 60_000 },
    });
    w.orchestrator.pause();
    const { taskId } = await w.workflow.start({ prompt });
    await states[name]?.(w, taskId);
    expect(await w.workflow.cancel(taskId)).toMatchObject({ status: 'cancelled' });
    expect((await w.types(taskId)).slice(-2)).toEqual(['USER_INTERVENTION', 'TASK_CANCELLED']);
    await w.workflow.onIdle();
    expect(w.workflow.figures()).toMatchObject({ unfinished: 0, waitingForModel: 0 });
  });
});

describe('a bug report', () => {
  it('that comes during a correction is kept for a correction of its own', async () => {
    await using w = await quickWorld({ tokensPerSecond: 100 });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_COMPLETE');
    await w.workflow.reportBug(taskId, report);
    await w.until(taskId, 'CORRECTION_STARTED');
    const second = await w.workflow.reportBug(taskId, { ...report, description: 'and this' });
    expect(second.accepted).toBe(true);
    await w.until(taskId, 'TASK_COMPLETE', 2);
    const types = await w.types(taskId);
    expect(types.filter((type) => type === 'CORRECTION_COMPLETED')).toHaveLength(2);
    expect(types.filter((type) => type === 'TASK_COMPLETE')).toHaveLength(2);
  });

  it('that reopens a task survives a restart', async () => {
    await using w = await quickWorld();
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'DEAD_CODE_ANALYSIS');
    w.orchestrator.pause();
    await w.workflow.reportBug(taskId, report);
    await w.workflow.close();
    w.orchestrator.resume();
    expect((await w.restart()).resume()).toEqual([taskId]);
    await w.until(taskId, 'TASK_COMPLETE', 2);
  });

  it('of a module that only an object would have is refused', async () => {
    await using w = await quickWorld();
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_COMPLETE');
    const odd = w.workflow.reportBug(taskId, { ...report, module: 'constructor' });
    await expect(odd).rejects.toMatchObject({ code: 'INVALID_REPORT', field: 'module' });
  });
});

describe('a change of plan', () => {
  const other = [
    {
      when: { lastContains: ['Write the file other.js.'] },
      answer: fenced('export const other = 1;\n'),
    },
    {
      when: { lastContains: ['Write the tests of other.js'] },
      answer: fenced('is 1: other = 1\n'),
    },
  ];
  it.each(['plan', 'generate', 'write-tests', 'correct'])('during the step %s', async (kind) => {
    const reached = Promise.withResolvers<void>();
    await using w = await quickWorld({
      rules: [...quickRules({ first: 'export const sum = 0;\n' }), ...other],
      tokensPerSecond: 200,
      options: {
        hooks: { onStepStarted: ({ step }) => void (step.kind === kind && reached.resolve()) },
      },
    });
    const { taskId } = await w.workflow.start({ prompt });
    await reached.promise;
    const plan = [{ name: 'other.js', purpose: 'gives 1', dependsOn: [] }];
    await w.workflow.intervene(taskId, change('plan', { plan }));
    await w.until(taskId, 'TASK_COMPLETE');
    const events = await w.events(taskId);
    const versions = events.filter((event) => event.eventType === 'CODE_GENERATED');
    expect(versions.map((event) => event.codeVersion)).toEqual(versions.map((_, n) => n + 1));
    const changed = events.findIndex((event) => event.eventType === 'USER_INTERVENTION');
    for (const event of events.slice(changed + 1))
      if ('module' in event.data && event.eventType !== 'DEAD_CODE_ANALYSIS')
        expect(event.data.module).toBe('other.js');
  });

  it('has a module that had passed written anew when its purpose has changed, and only that', async () => {
    await using w = await quickWorld({
      rules: [
        planOf('other.js', 'sum.js'),
        ...quickRules().filter((rule) => rule.name !== 'plan'),
        ...other,
      ],
      tokensPerSecond: 100,
    });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'MODULE_STARTED', 2);
    const sum = { name: 'sum.js', purpose: 'module sum.js', dependsOn: ['other.js'] };
    const plan = [{ name: 'other.js', purpose: 'gives one', dependsOn: [] }, sum];
    await w.workflow.intervene(taskId, change('plan', { plan }));
    await w.until(taskId, 'TASK_COMPLETE');
    const written = w.standIn
      .requests('/api/chat')
      .filter((request) => JSON.stringify(request.body).includes('Write the file other.js.'));
    expect(written).toHaveLength(2);
  });
});

it('an id in another Unicode form is the same task', async () => {
  await using w = await quickWorld({ tokensPerSecond: 20 });
  const { taskId } = await w.workflow.start({ prompt, taskId: 'caf\u00e9/\u{1f4a1}' });
  await w.until(taskId, 'TASK_STARTED');
  expect(await w.workflow.cancel('cafe\u0301/\u{1f4a1}')).toMatchObject({ status: 'cancelled' });
});
