import type { StepDecision } from '../decide/decision.ts';
import type { StepInfo } from '../workflow-hooks.ts';
import type { RunnerOptions } from './runner-options.ts';
import type { StorePatience } from './store-patience.ts';
import type { TaskLog } from './task-log.ts';
import type { TaskSignals } from './task-signals.ts';

/** One task while a runner works on it: its log, what reaches it from outside, and its way to the store. */
export interface RunningTask {
  readonly log: TaskLog;
  readonly signals: TaskSignals;
  readonly store: StorePatience;
  readonly options: RunnerOptions;
}

/** What hooks are told of a step. */
export function infoOf(task: RunningTask, decision: StepDecision): StepInfo {
  return { taskId: task.log.taskId, stepId: decision.id, step: decision.step };
}
