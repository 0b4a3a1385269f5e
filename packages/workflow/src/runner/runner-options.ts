import type { ContextManager } from '@org/context';
import type { Event, EventStore, NewEvent } from '@org/events';
import type { LanguageModel } from '@org/models';
import type { TaskOrchestrator } from '@org/orchestrator';
import type { DecideOptions } from '../decide/decision.ts';
import type { RunLimits, TestRunner } from '../test-runner.ts';
import type { WorkflowHooks } from '../workflow-hooks.ts';

/** What every task's runner shares. */
export interface RunnerOptions {
  readonly store: EventStore<Event, NewEvent>;
  readonly orchestrator: TaskOrchestrator;
  readonly contexts: () => ContextManager;
  readonly models: () => readonly LanguageModel[];
  readonly testRunner: TestRunner;
  readonly testLimits: Partial<RunLimits>;
  readonly decide: () => DecideOptions;
  readonly stepTimeoutMs: number;
  /** How long a task waits for a model that is away, in ms, counted from the first refusal. */
  readonly modelWaitMs: number;
  readonly retryDelayMs: (attempt: number) => number;
  readonly now: () => number;
  readonly hooks: WorkflowHooks;
  /** Told of each event that this runner stored, in order. */
  readonly onAppended: (events: readonly Event[]) => void;
  /** Told once of what the log held when the runner took the task over. */
  readonly onTakenOver: (events: readonly Event[]) => void;
}
