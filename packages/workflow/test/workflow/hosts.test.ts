import { ContextManager } from '@org/context';
import { modelProfile } from '@org/models';
import { ollamaLanguageModel } from '@org/models/ollama';
import { type StandInRule, startOllamaStandIn } from '@org/models/testing';
import { describe, expect, it, vi } from 'vitest';
import { fakeTestRunner } from '../../src/testing/index.ts';
import { fenced, planOf, quickRules, type WorldOptions, world } from './world.ts';

const prompt = 'Write a sum function';
/** More than the small model's window holds. */
const longPrompt = `${prompt}. ${'Every number counts. '.repeat(2_000)}`;
const names = { small: 'mistral:7b', large: 'qwen3:8b' };

/** A small model on one host, a large one on another, and a way to take a host's turn. */
async function twoHosts(rules: readonly StandInRule[], options: WorldOptions['options'] = {}) {
  const standIn = await startOllamaStandIn({
    script: {
      format: 'ollama-script',
      version: 1,
      models: [{ name: names.large, contextLength: 32_768 }],
      rules: [...quickRules()],
    },
  });
  const w = await world({ testRunner: fakeTestRunner(), rules, options });
  const model = (host: string, name: string, contextWindow: number) =>
    ollamaLanguageModel({
      host,
      model: name,
      profile: modelProfile(name, { contextWindow }),
      retry: { forMs: 0 },
    });
  const models = [
    model(w.standIn.url, names.small, 8_192),
    model(standIn.url, names.large, 32_768),
  ] as const;
  w.workflow.reconfigure({ models, contexts: new ContextManager({ models }) });
  /** Takes a host's turn, as a step of another task does, until the returned function is called. */
  const hold = async (host: string): Promise<() => void> => {
    const held = Promise.withResolvers<void>();
    const running = Promise.withResolvers<void>();
    w.orchestrator.submit({
      key: host,
      run: () => {
        running.resolve();
        return held.promise;
      },
    });
    await running.promise;
    return held.resolve;
  };
  const calls = (host: { requests: typeof standIn.requests }) =>
    host.requests('/api/chat').map((request) => request.rule);
  return {
    w,
    hold,
    hosts: { small: models[0].host, large: models[1].host },
    called: { small: () => calls(w.standIn), large: () => calls(standIn) },
    async [Symbol.asyncDispose]() {
      await w[Symbol.asyncDispose]();
      await standIn.close();
    },
  };
}

describe('models on two hosts', () => {
  it('a step whose prompt goes to the other host waits for that one, without a slot, its own line or a call', async () => {
    const moved: string[] = [];
    await using two = await twoHosts(quickRules(), {
      hooks: {
        onStepSettled: ({ step, outcome }) => {
          if (outcome === 'moved') moved.push(step.kind);
        },
      },
    });
    const { w, hosts, called } = two;
    const release = await two.hold(hosts.large);
    const long = await w.workflow.start({ prompt: longPrompt });
    await vi.waitFor(() => expect(moved).toEqual(['plan']));
    await vi.waitFor(() => expect(w.orchestrator.stats()).toMatchObject({ running: 1, queued: 1 }));
    const short = await w.workflow.start({ prompt });
    await w.until(short.taskId, 'TASK_COMPLETE');
    expect([called.small(), called.large()]).toEqual([['plan', 'code', 'tests'], []]);
    release();
    await w.until(long.taskId, 'TASK_COMPLETE');
    // The code's prompt has room for the task cut short; plan and tests want it whole.
    expect(moved).toEqual(['plan', 'write-tests']);
    expect(called.large()).toEqual(['plan', 'tests']);
    expect(called.small()).toEqual(['plan', 'code', 'tests', 'code']);
    // What the step began with stands once, although it was executed twice.
    const types = await w.types(long.taskId);
    expect(types.filter((type) => type === 'TASK_STARTED')).toHaveLength(1);
    expect(types.filter((type) => type === 'MODULE_STARTED')).toHaveLength(1);
  });

  it('a correction that is to begin with the larger model waits in its line from the start', async () => {
    const wrong = [
      planOf('sum.js'),
      { when: { lastContains: ['Write the file sum.js.'] }, answer: fenced('return 1\n') },
      { when: { lastContains: ['Write the tests of sum.js'] }, answer: fenced('adds: return 2\n') },
      { when: { lastContains: ['of sum.js fail'] }, answer: fenced('return 1\n') },
    ];
    const steps: string[] = [];
    await using two = await twoHosts(wrong, {
      hooks: {
        onStepSettled: ({ step, outcome }) =>
          void steps.push(step.kind === 'correct' ? `${step.strategy} ${outcome}` : outcome),
      },
    });
    const { w, hosts, called } = two;
    const release = await two.hold(hosts.large);
    const { taskId } = await w.workflow.start({ prompt });
    await vi.waitFor(() => expect(w.orchestrator.stats().queued).toBe(1));
    expect(steps.at(-1)).toBe('completed');
    expect(called.large()).toEqual([]);
    release();
    await vi.waitFor(() => expect(called.large()).toHaveLength(1));
    await w.workflow.onIdle();
    expect(steps).not.toContain('moved');
    expect(steps.join()).toContain('larger-model completed');
    expect((await w.types(taskId)).at(-1)).toBe('TASK_FAILED');
  });

  it('the line is asked of the models as they are: after a change of models, of the new ones', async () => {
    await using two = await twoHosts(quickRules());
    const { w, hosts, hold, called } = two;
    const only = ollamaLanguageModel({
      host: hosts.large,
      model: names.large,
      profile: modelProfile(names.large, { contextWindow: 32_768 }),
    });
    w.workflow.reconfigure({ models: [only], contexts: new ContextManager({ models: [only] }) });
    const release = await hold(hosts.large);
    const { taskId } = await w.workflow.start({ prompt });
    await vi.waitFor(() => expect(w.orchestrator.stats().queued).toBe(1));
    release();
    await w.until(taskId, 'TASK_COMPLETE');
    expect(called.small()).toEqual([]);
  });
});
