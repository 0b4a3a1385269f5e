import type { ContextManager } from '@org/context';
import type { Event, EventStore, NewEvent } from '@org/events';
import type { LanguageModel } from '@org/models';
import type { TaskOrchestrator } from '@org/orchestrator';
import type { DecideOptions, TaskLimits } from './decide/decision.ts';
import type { RunnerOptions } from './runner/runner-options.ts';
import type { AdmissionOptions } from './tasks/admission.ts';
import type { RunLimits, TestRunner } from './test-runner.ts';
import type { WorkflowHooks } from './workflow-hooks.ts';
import type { Workspace } from './workspace.ts';

/** What the workflow is made of. */
export interface CodingWorkflowOptions {
  readonly store: EventStore<Event, NewEvent>;
  readonly orchestrator: TaskOrchestrator;
  /** Builds each call's context; replaced together with `models` by `reconfigure`. */
  readonly contexts: ContextManager;
  /** Smallest window first. */
  readonly models: readonly LanguageModel[];
  readonly testRunner: TestRunner;
  /** Where the code is put beside the log. @default nowhere: the log has it all */
  readonly workspace?: Workspace;
  /** Told of each event the workflow stores; what it throws is given to `hooks.onError`. */
  readonly broadcast?: (event: Event) => void | Promise<void>;
  readonly limits?: Partial<TaskLimits> & {
    /** Of one step, in ms. @default 1_800_000 */
    readonly stepTimeoutMs?: number;
    /** How long a task waits for a model that is away, in ms. @default 900_000 */
    readonly modelWaitMs?: number;
    readonly tests?: Partial<RunLimits>;
  };
  readonly admission?: AdmissionOptions;
  /** @default "javascript" */
  readonly defaultLanguage?: DecideOptions['defaultLanguage'];
  readonly hooks?: WorkflowHooks;
  /** Delay before the n-th retry of what is away, in ms. @default 250 ms, doubled up to 10 s */
  readonly retryDelayMs?: (attempt: number) => number;
  readonly now?: () => number;
  readonly generateId?: () => string;
}

/** The models and what builds their contexts, as they are at the moment. */
export interface ModelSetup {
  readonly models: readonly LanguageModel[];
  readonly contexts: ContextManager;
}

/** The options of the runners, with the defaults filled in. */
export function runnerOptions(
  options: CodingWorkflowOptions,
  given: Pick<RunnerOptions, 'hooks' | 'onAppended' | 'onTakenOver'> & {
    readonly setup: () => ModelSetup;
  },
): RunnerOptions {
  const { limits } = options;
  const { setup, ...rest } = given;
  return {
    ...rest,
    store: options.store,
    orchestrator: options.orchestrator,
    contexts: () => setup().contexts,
    models: () => setup().models,
    testRunner: options.testRunner,
    testLimits: limits?.tests ?? {},
    decide: () => ({
      maxIterations: limits?.maxIterations ?? 5,
      tokenBudget: limits?.tokenBudget ?? null,
      defaultLanguage: languageOf(options),
      models: setup().models.map((model) => model.id),
    }),
    stepTimeoutMs: limits?.stepTimeoutMs ?? 1_800_000,
    modelWaitMs: limits?.modelWaitMs ?? 900_000,
    retryDelayMs: options.retryDelayMs ?? ((attempt) => Math.min(250 * 2 ** (attempt - 1), 10_000)),
    now: options.now ?? Date.now,
  };
}

/** The language of a task that says none and whose files show none. */
export function languageOf(
  options: Pick<CodingWorkflowOptions, 'defaultLanguage'>,
): DecideOptions['defaultLanguage'] {
  return options.defaultLanguage ?? 'javascript';
}
