import type { ModelCall } from '@org/events';
import type { LanguageModel } from '@org/models';
import { decide } from '../decide/decide.ts';
import type { StepDecision } from '../decide/decision.ts';
import { OtherHostError } from '../model-calls/other-host-error.ts';
import { beginStep, executeStep } from '../steps/execute-step.ts';
import type { Outcome, StepContext } from '../steps/step-context.ts';
import { recordBegin } from './record-outcome.ts';
import { infoOf, type RunningTask } from './running-task.ts';

/** What one execution of a step is given beside the log. */
export interface StepGiven {
  readonly models: readonly LanguageModel[];
  readonly signal: AbortSignal;
  /** Calls of earlier executions, whose outcome could not be stored. */
  readonly earlierCalls: readonly ModelCall[];
  /** The one host that the first call may go to; null: any. */
  readonly host: string | null;
}

/** What one execution of a step came to. */
export type Performed =
  | { readonly kind: 'outcome'; readonly events: Outcome }
  /** Its prompt goes to a model of another host, for whose turn it has not waited. */
  | { readonly kind: 'elsewhere'; readonly host: string };

/** Inside a slot: what the step begins with, unless the log has it already, then the work itself. */
export async function performStep(
  task: RunningTask,
  decision: StepDecision,
  given: StepGiven,
): Promise<Performed> {
  await task.store.run(() => task.log.refresh());
  // Paused while it waited for its turn: it has not begun, so this is still the boundary.
  const current = decide(task.log.state, task.options.decide());
  if (current.do !== 'step' || current.id !== decision.id) return { kind: 'outcome', events: [] };
  const begin = await beginStep(contextOf(task, decision, given), current);
  await recordBegin(task, decision, begin);
  given.signal.throwIfAborted();
  try {
    const events = await executeStep(contextOf(task, decision, given), decision.step);
    return { kind: 'outcome', events };
  } catch (error) {
    if (error instanceof OtherHostError) return { kind: 'elsewhere', host: error.host };
    throw error;
  }
}

/** The step's view of the task, as the log stands now. */
function contextOf(task: RunningTask, decision: StepDecision, given: StepGiven): StepContext {
  const { log, options } = task;
  const { hooks } = options;
  const info = infoOf(task, decision);
  return {
    ...given,
    stepId: decision.id,
    cause: decision.cause,
    state: log.state,
    events: [...log.events],
    contexts: options.contexts(),
    testRunner: options.testRunner,
    testLimits: options.testLimits,
    onToken: hooks.onToken === undefined ? undefined : (text) => hooks.onToken?.({ ...info, text }),
    onCall: (call) => hooks.onModelCall?.({ ...info, call }),
  };
}
