import { createSandboxRunner } from '@org/workflow/sandbox';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestRunner } from '../../src/test-runner.ts';
import {
  fenced,
  planOf,
  quickRules,
  quickWorld,
  rightSum,
  sumRules,
  sumTests,
  type WorldOptions,
  world,
  worseSum,
  wrongSum,
} from './world.ts';

let testRunner: TestRunner;
beforeAll(async () => {
  testRunner = await createSandboxRunner();
});
afterAll(() => testRunner.close());

const open = (given: WorldOptions = {}) => world({ testRunner, ...given });

describe('a coding task', () => {
  it('goes from TASK_CREATED over a failing test and its correction to TASK_COMPLETE', async () => {
    await using w = await open({ rules: sumRules({ first: wrongSum }) });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'DEAD_CODE_ANALYSIS');
    expect(await w.types(taskId)).toEqual([
      'TASK_CREATED',
      'TASK_STARTED',
      'PLANNING_COMPLETE',
      'MODULE_STARTED',
      'MODULE_ITERATION',
      'CODE_GENERATED',
      'TEST_STARTED',
      'TEST_FAILED',
      'MODULE_ITERATION',
      'CORRECTION_STARTED',
      'CODE_GENERATED',
      'CORRECTION_COMPLETED',
      'TEST_STARTED',
      'TEST_PASSED',
      'MODULE_COMPLETE',
      'TASK_COMPLETE',
      'DEAD_CODE_ANALYSIS',
    ]);
    const file = await w.workflow.readFile(taskId, 'sum.js');
    expect(file).toMatchObject({ content: rightSum, codeVersion: 2 });
    expect(await w.workflow.readFile(taskId, 'sum.js', { version: 1 })).toMatchObject({
      content: wrongSum,
    });
  });

  it("every event's version rises by 1, and every event carries causation, clock, code version and hash", async () => {
    await using w = await quickWorld({ rules: quickRules({ first: wrongSum }) });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'TASK_COMPLETE');
    const events = await w.events(taskId);
    expect(events.map((event) => event.version)).toEqual(events.map((_, index) => index + 1));
    const ids = new Set(events.map((event) => event.eventId));
    for (const event of events.slice(1)) {
      expect(ids).toContain(event.causationId);
      expect(event.correlationId).toBe(taskId);
      expect(Object.keys(event.vectorClock).length).toBeGreaterThan(0);
      expect(event.codeHash === null).toBe(event.codeVersion === 0);
    }
  });

  it("gate 6.4: every model call used a context of the context package and none exceeded its model's window", async () => {
    await using w = await open({ rules: sumRules({ first: wrongSum }) });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'TASK_COMPLETE');
    const calls = (await w.events(taskId)).flatMap((event) =>
      'calls' in event.data ? event.data.calls : [],
    );
    const asked = w.standIn.requests('/api/chat');
    expect(calls).toHaveLength(4);
    expect(asked).toHaveLength(4);
    for (const call of calls) {
      expect(call.tokens.estimated).toBeLessThan(call.tokens.window);
      const explained = await w.workflow.explainContext(taskId, call.callId);
      expect(explained.verified).toBe(true);
      const sent = asked.find(
        (request) =>
          JSON.stringify((request.body as { messages: unknown }).messages) ===
          JSON.stringify(explained.messages),
      );
      expect(sent?.body).toMatchObject({
        options: { num_ctx: 8_192 },
        truncate: false,
        shift: false,
        think: false,
      });
      expect(sent?.truncated).toBe(false);
    }
  });

  it('gate 6.5: it works without a broadcaster and with an in-memory store; a failing broadcast does not stop it', async () => {
    const faults: unknown[] = [];
    await using quiet = await open();
    const first = await quiet.workflow.start({ prompt: 'Write a sum function' });
    expect((await quiet.until(first.taskId, 'TASK_COMPLETE')).eventType).toBe('TASK_COMPLETE');
    await using failing = await open({
      options: {
        broadcast: () => {
          throw new Error('nobody is there');
        },
        hooks: { onError: (error) => faults.push(error) },
      },
    });
    const second = await failing.workflow.start({ prompt: 'Write a sum function' });
    await failing.until(second.taskId, 'TASK_COMPLETE');
    expect(faults.length).toBeGreaterThan(5);
  });

  it('a given test file is the judge, read-only and never rewritten', async () => {
    await using w = await open({ rules: sumRules({ first: wrongSum }) });
    const content = `const { sum } = require('./sum.js');\ndescribe('sum', () => { it('is given', () => { expect(sum(20, 22)).toBe(42); }); });\n`;
    const { taskId } = await w.workflow.start({
      prompt: 'Write a sum function',
      files: [
        {
          path: 'given.test.js',
          content: content.replace(/const .*;/, "import { sum } from './sum.js';"),
          kind: 'test',
        },
      ],
    });
    await w.until(taskId, 'TASK_COMPLETE');
    const events = await w.events(taskId);
    const started = events.filter((event) => event.eventType === 'TEST_STARTED');
    expect(started.map((event) => event.data.tests.map((t) => [t.path, t.origin]))).toEqual([
      [['given.test.js', 'given']],
      [['given.test.js', 'given']],
    ]);
    expect(started[0]?.data.expected).toEqual(['sum > is given']);
    const failed = events.find((event) => event.eventType === 'TEST_FAILED');
    expect(failed?.data).toMatchObject({ failure: { kind: 'assertion' } });
    expect(w.standIn.requests('/api/chat').map((request) => request.rule)).not.toContain('tests');
  });

  it('tests that pass on a throwing stub are dropped; with none left they are written again', async () => {
    const worthless = `test('is there', () => { expect(1).toBe(1); });\n`;
    await using w = await open({
      rules: [
        ...sumRules().filter((rule) => rule.name !== 'tests'),
        {
          name: 'worthless tests',
          when: { lastContains: ['Write the tests of sum.js'], notContains: ['were of no use'] },
          answer: fenced(worthless),
        },
        {
          name: 'better tests',
          when: { lastContains: ['Write the tests of sum.js', 'were of no use'] },
          answer: fenced(worthless + sumTests),
        },
      ],
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'TASK_COMPLETE');
    const started = (await w.events(taskId)).find((event) => event.eventType === 'TEST_STARTED');
    expect(started?.data).toMatchObject({ expected: ['adds', 'adds a negative'] });
  });

  it('at maxIterations: TASK_FAILED, delivering the version that passed most tests', async () => {
    await using w = await open({
      rules: sumRules({ first: wrongSum, corrected: worseSum }),
      options: { limits: { maxIterations: 2 } },
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    const failed = await w.until(taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({
      reason: 'max-iterations',
      best: { codeVersion: 2, passed: 0 },
    });
    expect(
      (await w.events(taskId)).find((e) => e.eventType === 'MODULE_COMPLETE')?.data,
    ).toMatchObject({
      outcome: 'failed',
    });
  });

  it('at the token budget: TASK_FAILED with the reason, and no further model call', async () => {
    await using w = await open({ options: { limits: { tokenBudget: 1 } } });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    const failed = await w.until(taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({ reason: 'token-budget' });
    expect(w.standIn.requests('/api/chat').map((request) => request.rule)).toEqual(['plan']);
  });

  it('malformed output climbs the ladder: shorter, other temperature, larger model, then the module fails', async () => {
    await using w = await open({
      rules: [
        planOf('sum.js'),
        {
          name: 'chat',
          when: { lastContains: ['Write the file sum.js.'] },
          answer: { text: 'Sure!' },
        },
      ],
      models: [
        { name: 'mistral:7b', contextWindow: 8_192 },
        { name: 'qwen3:8b', contextWindow: 32_768 },
      ],
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    const failed = await w.until(taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({ reason: 'model-unusable' });
    const complete = (await w.events(taskId)).find(
      (event) => event.eventType === 'MODULE_COMPLETE',
    );
    const calls = complete !== undefined && 'calls' in complete.data ? complete.data.calls : [];
    expect(calls.map((call) => [call.model, call.temperature, call.outcome])).toEqual([
      ['mistral:7b', 0, 'malformed'],
      ['mistral:7b', 0, 'malformed'],
      ['mistral:7b', 0.7, 'malformed'],
      ['qwen3:8b', 0, 'malformed'],
    ]);
    expect(new Set(calls.map((call) => call.callId)).size).toBe(4);
  });

  it('a faulty plan is refused, its fault shown to the model, asked again, then TASK_FAILED', async () => {
    await using w = await open({
      rules: [
        {
          when: { lastContains: ['Plan this task.'] },
          answer: {
            json: {
              modules: [
                { name: '../etc/passwd.js', purpose: 'x', dependsOn: ['b.js'] },
                { name: 'b.js', purpose: 'y', dependsOn: ['../etc/passwd.js'] },
              ],
              questions: [],
            },
          },
        },
      ],
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    const failed = await w.until(taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({ reason: 'plan-refused' });
    const second = w.standIn.requests('/api/chat')[1];
    expect(JSON.stringify(second?.body)).toContain('circle');
  });
});

describe('a user', () => {
  it('cancels: the intent is stored, the call is aborted, TASK_CANCELLED ends the task, a late outcome is discarded', async () => {
    await using w = await quickWorld({ tokensPerSecond: 20 });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'MODULE_STARTED');
    await vi.waitFor(() => expect(w.standIn.requests('/api/chat')).toHaveLength(2));
    const ended = await w.workflow.cancel(taskId, { reason: 'never mind' });
    expect(ended.status).toBe('cancelled');
    expect((await w.types(taskId)).slice(-2)).toEqual(['USER_INTERVENTION', 'TASK_CANCELLED']);
    await vi.waitFor(() => expect(w.standIn.requests('/api/chat').at(-1)?.outcome).toBe('aborted'));
    expect(await w.workflow.cancel(taskId)).toEqual(ended);
  });

  it('guides: the running call finishes, its result is kept, the next call has the guidance', async () => {
    await using w = await quickWorld({ tokensPerSecond: 100 });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'MODULE_ITERATION');
    await w.workflow.intervene(taskId, {
      kind: 'guidance',
      text: 'Mind the overflow of large numbers.',
      questionId: null,
      plan: null,
    });
    await w.until(taskId, 'TASK_COMPLETE');
    const types = await w.types(taskId);
    const generated = types.indexOf('CODE_GENERATED');
    expect(types.indexOf('USER_INTERVENTION')).toBeLessThan(generated);
    expect(types.filter((type) => type === 'MODULE_STARTED')).toHaveLength(1);
    const tests = w.standIn.requests('/api/chat').find((request) => request.rule === 'tests');
    expect(JSON.stringify(tests?.body)).toContain('Mind the overflow');
  });

  it('pauses at the step boundary and resumes', async () => {
    await using w = await quickWorld({ tokensPerSecond: 100 });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'MODULE_ITERATION');
    const pause = { text: null, questionId: null, plan: null };
    await w.workflow.intervene(taskId, { kind: 'pause', ...pause });
    await w.until(taskId, 'CODE_GENERATED');
    await w.orchestrator.onIdle();
    expect((await w.types(taskId)).at(-1)).toBe('CODE_GENERATED');
    await w.workflow.intervene(taskId, { kind: 'resume', ...pause });
    await w.until(taskId, 'TASK_COMPLETE');
  });

  it('answers a question that put the task on waiting', async () => {
    await using w = await quickWorld({
      rules: [
        ...quickRules().filter((rule) => rule.name !== 'plan'),
        {
          name: 'asks',
          when: { lastContains: ['Plan this task.'], notContains: ['Only integers'] },
          answer: { json: { modules: [], questions: ['Integers only?'] } },
        },
        { ...planOf('sum.js'), when: { lastContains: ['Plan this task.', 'Only integers'] } },
      ],
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    const asked = await w.until(taskId, 'PLANNING_COMPLETE');
    const questionId =
      asked.eventType === 'PLANNING_COMPLETE'
        ? (asked.data.questions[0]?.questionId ?? null)
        : null;
    await w.workflow.intervene(taskId, {
      kind: 'answer',
      text: 'Only integers',
      questionId,
      plan: null,
    });
    await w.until(taskId, 'TASK_COMPLETE');
  });

  it('reports a bug: fresh starts a correction and a second TASK_COMPLETE, stale is recorded and refused', async () => {
    await using w = await quickWorld();
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'DEAD_CODE_ANALYSIS');
    const report = {
      description: 'large numbers',
      module: 'sum.js',
      codeHash: null,
      vectorClock: null,
    };
    const ahead = await w.workflow.reportBug(taskId, { ...report, codeVersion: 9 });
    expect(ahead).toMatchObject({
      accepted: false,
      reason: 'report-ahead-of-code',
      supersededBy: 1,
    });
    expect(await w.workflow.reportBug(taskId, { ...report, codeVersion: 1 })).toMatchObject({
      accepted: true,
    });
    await w.until(taskId, 'TASK_COMPLETE', 2);
    expect(await w.workflow.readFile(taskId, 'sum.js')).toMatchObject({ codeVersion: 2 });
    const stale = await w.workflow.reportBug(taskId, { ...report, codeVersion: 1 });
    expect(stale).toMatchObject({ accepted: false, reason: 'older-version', supersededBy: 2 });
  });
});

describe('restarts and trouble', () => {
  it('a stopped workflow goes on at the last finished step, repeating none', async () => {
    await using w = await quickWorld({
      rules: quickRules({ first: wrongSum }),
      tokensPerSecond: 60,
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'CORRECTION_STARTED');
    await w.workflow.close();
    expect((await w.restart()).resume()).toEqual([taskId]);
    await w.until(taskId, 'TASK_COMPLETE');
    const types = await w.types(taskId);
    expect(types.filter((type) => type === 'CORRECTION_STARTED')).toHaveLength(1);
    expect(types.filter((type) => type === 'CODE_GENERATED')).toHaveLength(2);
    expect(types.filter((type) => type === 'TASK_STARTED')).toHaveLength(1);
  });

  it('a model that is away is waited for; the attempts stand in the log', async () => {
    await using w = await quickWorld();
    w.standIn.fault({ kind: 'busy' }, { times: 3 });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'TASK_COMPLETE');
    const plan = (await w.events(taskId)).find((event) => event.eventType === 'PLANNING_COMPLETE');
    expect(plan?.data).toMatchObject({
      calls: [
        { outcome: 'MODEL_BUSY' },
        { outcome: 'MODEL_BUSY' },
        { outcome: 'MODEL_BUSY' },
        { outcome: 'ok' },
      ],
    });
  });

  it('a model that does not come back in time fails the task and says so', async () => {
    await using w = await open({ options: { limits: { modelWaitMs: 0 } } });
    await w.standIn.close();
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    const failed = await w.until(taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({ reason: 'model-unavailable' });
  });

  it('admission counts tasks: with no place the request waits, is refused, and nothing is stored', async () => {
    await using w = await quickWorld({
      tokensPerSecond: 20,
      options: { admission: { maxTasks: 1, waitMs: 20 } },
    });
    const first = await w.workflow.start({ prompt: 'Write a sum function' });
    const before = (await w.store.head()).sequence;
    await expect(w.workflow.start({ prompt: 'Another', taskId: 'second' })).rejects.toMatchObject({
      code: 'NO_ROOM',
    });
    expect(await w.events('second')).toEqual([]);
    expect((await w.store.head()).sequence).toBeGreaterThanOrEqual(before);
    await w.workflow.cancel(first.taskId);
    await w.workflow.start({ prompt: 'Write a sum function', taskId: 'second' });
  });

  it('a key repeated while its first request is on its way gives the first task, without a place of its own', async () => {
    await using w = await open({
      tokensPerSecond: 20,
      options: { admission: { maxTasks: 1, waitMs: 60_000 } },
    });
    const request = { prompt: 'Write a sum function', idempotency: { key: 'k1', bodyHash: 'a' } };
    const both = await Promise.all([w.workflow.start(request), w.workflow.start(request)]);
    expect(both.map(({ deduplicated }) => deduplicated)).toEqual([false, true]);
    expect(both[0]?.taskId).toBe(both[1]?.taskId);
    expect(w.workflow.figures()).toMatchObject({ unfinished: 1, waitingForPlace: 0 });
  });

  it('a repeated idempotency key gives the first task; with another body it is refused', async () => {
    await using w = await quickWorld();
    const request = { prompt: 'Write a sum function', idempotency: { key: 'k1', bodyHash: 'a' } };
    const [one, two] = await Promise.all([w.workflow.start(request), w.workflow.start(request)]);
    expect(one?.taskId).toBe(two?.taskId);
    expect(new Set([one?.deduplicated, two?.deduplicated])).toEqual(new Set([false, true]));
    await expect(
      w.workflow.start({ ...request, idempotency: { key: 'k1', bodyHash: 'b' } }),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });
});
