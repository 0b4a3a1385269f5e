import { TaskPriority } from '@org/orchestrator';
import type { WorkflowState } from '../state/workflow-state.ts';
import type { Step, StepKind } from './step.ts';

/** What the kind of a step says of its urgency, when the task was given no priority. */
const kindPriority: Readonly<Record<StepKind, TaskPriority>> = {
  generate: TaskPriority.HIGH,
  correct: TaskPriority.HIGH,
  plan: TaskPriority.MEDIUM,
  'write-tests': TaskPriority.MEDIUM,
  test: TaskPriority.MEDIUM,
  analyse: TaskPriority.LOW,
};

/**
 * How urgent a task's next step is: a pending intervention lifts it to CRITICAL, a bug report to HIGH;
 * else the priority that the task asked for, else what the step's kind says. Analysis stays behind.
 */
export function stepPriority(step: Step, state: WorkflowState): TaskPriority {
  if (step.kind === 'analyse') return kindPriority.analyse;
  const requested =
    state.task.priority === null ? kindPriority[step.kind] : TaskPriority[state.task.priority];
  if (state.intervenedAt > state.seenUpTo) return TaskPriority.CRITICAL;
  if (state.bugReports.length > 0 && requested > TaskPriority.HIGH) return TaskPriority.HIGH;
  return requested;
}
