import type { Language, NewEvent } from '@org/events';
import type { Cause } from '../state/cause.ts';
import type { WorkflowState } from '../state/workflow-state.ts';
import type { Step } from './step.ts';
import { stepId } from './step-id.ts';

/** Limits that decide when a task is given up. */
export interface TaskLimits {
  /** Versions of one module's code, the first included. @default 5 */
  readonly maxIterations: number;
  /** Tokens of prompts and answers together; null: no limit. @default null */
  readonly tokenBudget: number | null;
}

export interface DecideOptions extends TaskLimits {
  /** For a task that says no language and whose files show none. */
  readonly defaultLanguage: Language;
  readonly models: readonly string[];
}

interface Due {
  /** The same for every execution of the same decision. */
  readonly id: string;
  readonly cause: Cause;
}

/** What comes next for a task. */
export type Decision =
  /** Work that takes time. `begin` is appended before it, unless it stands in the log already. */
  | (Due & { readonly do: 'step'; readonly step: Step; readonly begin: readonly NewEvent[] })
  /** Facts that follow from the log alone. */
  | (Due & { readonly do: 'record'; readonly events: readonly NewEvent[] })
  | { readonly do: 'wait'; readonly for: 'answer' | 'resume' }
  | { readonly do: 'end' };

export type StepDecision = Extract<Decision, { do: 'step' }>;
/** What leads to events. */
export type DueDecision = Extract<Decision, { do: 'step' | 'record' }>;

export function stepOf(
  state: WorkflowState,
  cause: Cause,
  step: Step,
  begin: readonly NewEvent[] = [],
): StepDecision {
  return {
    do: 'step',
    id: stepId(state.task.taskId ?? '', cause, actionOf(state, step)),
    cause,
    step,
    begin,
  };
}

/** A correction names the code it starts from: a change of plan can have one report corrected twice. */
function actionOf(state: WorkflowState, step: Step): string {
  if (!('module' in step)) return step.kind;
  const action = `${step.kind}:${step.module}`;
  return step.kind === 'correct' ? `${action}@${state.task.codeVersion}` : action;
}

export function recordOf(
  state: WorkflowState,
  cause: Cause,
  action: string,
  events: readonly NewEvent[],
): Decision {
  return { do: 'record', id: stepId(state.task.taskId ?? '', cause, action), cause, events };
}
