import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContextManager } from '@org/context';
import {
  codingEvents,
  createMemoryEventStore,
  type Event,
  type EventStore,
  type NewEvent,
} from '@org/events';
import { modelProfile } from '@org/models';
import { ollamaLanguageModel } from '@org/models/ollama';
import { type OllamaStandIn, type StandInRule, startOllamaStandIn } from '@org/models/testing';
import { TaskOrchestrator } from '@org/orchestrator';
import { createSandboxRunner } from '@org/workflow/sandbox';
import { CodingWorkflow } from '../../src/coding-workflow.ts';
import type { CodingWorkflowOptions } from '../../src/coding-workflow-options.ts';
import type { InterventionRequest } from '../../src/requests/coding-task-request.ts';
import type { TestRunner } from '../../src/test-runner.ts';
import { fakeTestRunner } from '../../src/testing/index.ts';
import { openWorkspace, type Workspace } from '../../src/workspace.ts';

/** A sum that is right, one that is wrong, and one that is wrong in another way. */
export const rightSum = 'export function sum(a, b) {\n  return a + b;\n}\n';
export const wrongSum = 'export function sum(a, b) {\n  return a - b;\n}\n';
export const worseSum = 'export function sum(a, b) {\n  return a * b;\n}\n';

export const sumTests = `import { sum } from './sum.js';
test('adds', () => { expect(sum(2, 3)).toBe(5); });
test('adds a negative', () => { expect(sum(2, -3)).toBe(-1); });
`;

export function fenced(code: string): { text: string } {
  return { text: `\`\`\`js\n${code}\`\`\`\n` };
}

export function planOf(...names: readonly string[]): StandInRule {
  return {
    name: 'plan',
    when: { lastContains: ['Plan this task.'] },
    answer: {
      json: {
        modules: names.map((name, index) => ({
          name,
          purpose: `module ${name}`,
          dependsOn: names.slice(0, index),
        })),
        questions: [],
      },
    },
  };
}

/** Answers for a task of one module, sum.js: what is generated first and what is corrected to. */
export function sumRules(
  code: { readonly first?: string; readonly corrected?: string } = {},
): readonly StandInRule[] {
  return [
    planOf('sum.js'),
    {
      name: 'code',
      when: { lastContains: ['Write the file sum.js.'] },
      answer: fenced(code.first ?? rightSum),
    },
    {
      name: 'tests',
      when: { lastContains: ['Write the tests of sum.js'] },
      answer: fenced(sumTests),
    },
    {
      name: 'correction',
      when: { lastContains: ['of sum.js fail'] },
      answer: fenced(code.corrected ?? rightSum),
    },
    {
      name: 'bug',
      when: { lastContains: ['A user reports a bug in sum.js'] },
      answer: fenced(`// mended\n${rightSum}`),
    },
    {
      name: 'guidance',
      when: { lastContains: ['The user has said more about what is wanted of sum.js'] },
      answer: fenced(`// guided\n${rightSum}`),
    },
  ];
}

/** As `sumRules`, in the line language of the fake test runner: no process is started, so it is quick. */
export function quickRules(
  code: { readonly first?: string; readonly corrected?: string } = {},
): readonly StandInRule[] {
  return [
    ...sumRules({ first: code.first ?? rightSum, corrected: code.corrected ?? rightSum }).filter(
      (rule) => rule.name !== 'tests',
    ),
    {
      name: 'tests',
      when: { lastContains: ['Write the tests of sum.js'] },
      answer: fenced('adds: return a + b\n'),
    },
  ];
}

/** A world whose tests cost nothing: for what has nothing to do with running them. */
export function quickWorld(given: WorldOptions = {}): Promise<World> {
  return world({ testRunner: fakeTestRunner(), rules: quickRules(), ...given });
}

/** An intervention without the fields that its kind does not need. */
export function change(
  kind: InterventionRequest['kind'],
  fields: Partial<InterventionRequest> = {},
): InterventionRequest {
  return { kind, text: null, questionId: null, plan: null, ...fields };
}

export interface World extends AsyncDisposable {
  readonly workflow: CodingWorkflow;
  readonly store: EventStore<Event, NewEvent>;
  readonly orchestrator: TaskOrchestrator;
  readonly standIn: OllamaStandIn;
  readonly workspace: Workspace | undefined;
  /** Every event of a task. */
  events(taskId: string): Promise<readonly Event[]>;
  types(taskId: string): Promise<readonly string[]>;
  /** Resolves with the first event of this type, stored or to come. */
  until(taskId: string, type: Event['eventType'], count?: number): Promise<Event>;
  /** Starts the workflow anew on the same store, as after a crash. */
  restart(): Promise<CodingWorkflow>;
}

export interface WorldOptions {
  readonly rules?: readonly StandInRule[];
  readonly store?: EventStore<Event, NewEvent>;
  readonly testRunner?: TestRunner;
  readonly models?: readonly { readonly name: string; readonly contextWindow: number }[];
  readonly tokensPerSecond?: number;
  readonly options?: Partial<CodingWorkflowOptions>;
  readonly workspace?: boolean;
}

/** A workflow with everything real but the model's weights: the Ollama client asks a stand-in. */
export async function world(given: WorldOptions = {}): Promise<World> {
  const models = given.models ?? [{ name: 'mistral:7b', contextWindow: 8_192 }];
  const standIn = await startOllamaStandIn({
    script: {
      format: 'ollama-script',
      version: 1,
      models: models.map(({ name, contextWindow }) => ({ name, contextLength: contextWindow })),
      rules: [...(given.rules ?? sumRules())],
    },
    tokensPerSecond: given.tokensPerSecond,
  });
  const store = given.store ?? createMemoryEventStore(codingEvents);
  const orchestrator = new TaskOrchestrator();
  const testRunner = given.testRunner ?? (await createSandboxRunner());
  const root = given.workspace === true ? await mkdtemp(join(tmpdir(), 'world-')) : null;
  const workspace = root === null ? undefined : await openWorkspace({ root });
  const languageModels = models.map(({ name, contextWindow }) =>
    ollamaLanguageModel({
      host: standIn.url,
      model: name,
      profile: modelProfile(name, { contextWindow }),
      retry: { forMs: 0 },
    }),
  );
  const open = (): Promise<CodingWorkflow> =>
    CodingWorkflow.open({
      store,
      orchestrator,
      contexts: new ContextManager({ models: languageModels }),
      models: languageModels,
      testRunner,
      retryDelayMs: () => 5,
      ...(workspace === undefined ? {} : { workspace }),
      ...given.options,
    });
  let workflow = await open();
  const events = (taskId: string): Promise<readonly Event[]> => store.getEvents(taskId);
  return {
    get workflow() {
      return workflow;
    },
    store,
    orchestrator,
    standIn,
    workspace,
    events,
    types: async (taskId) => (await events(taskId)).map((event) => event.eventType),
    async until(taskId, type, count = 1) {
      const leaving = new AbortController();
      let seen = 0;
      for await (const message of store.subscribe({ taskId, signal: leaving.signal })) {
        if (message.kind !== 'event' || message.event.eventType !== type) continue;
        seen += 1;
        if (seen === count) {
          leaving.abort();
          return message.event;
        }
      }
      throw new Error(`the store ended before ${type}`);
    },
    async restart() {
      workflow = await open();
      return workflow;
    },
    async [Symbol.asyncDispose]() {
      await workflow.close();
      await orchestrator.shutdown({ mode: 'cancel' });
      if (given.testRunner === undefined) await testRunner.close();
      await workspace?.close();
      if (root !== null) await rm(root, { recursive: true, force: true });
      if (given.store === undefined) await store.close();
      await standIn.close();
    },
  };
}
