import type { ContextManager } from '@org/context';
import type { Event, ModelCall, NewEvent } from '@org/events';
import type { LanguageModel } from '@org/models';
import type { Cause } from '../state/cause.ts';
import type { WorkflowState } from '../state/workflow-state.ts';
import type { RunLimits, TestRunner } from '../test-runner.ts';

/** What a step works with. It reads; what it found out it gives back as events. */
export interface StepContext {
  readonly stepId: string;
  readonly cause: Cause;
  /** As of the step's begin. */
  readonly state: WorkflowState;
  /** The task's log up to there. */
  readonly events: readonly Event[];
  readonly contexts: ContextManager;
  readonly models: readonly LanguageModel[];
  readonly testRunner: TestRunner;
  readonly testLimits: Partial<RunLimits>;
  /** Calls of earlier executions of this very step, whose outcome could not be stored. */
  readonly earlierCalls: readonly ModelCall[];
  /** The host whose turn this execution holds: its first call may go to no other. Null: to any. */
  readonly host: string | null;
  readonly signal: AbortSignal;
  readonly onToken?: ((text: string) => void) | undefined;
  readonly onCall?: ((call: ModelCall) => void) | undefined;
}

/** A fact that a step found out, with the code version that it made, if it made one. */
export type OutcomeEvent = NewEvent & {
  readonly codeVersion?: number;
  readonly codeHash?: string | null;
};

/** The outcome of a step, appended as one. Empty: nothing to record. */
export type Outcome = readonly OutcomeEvent[];

/** The event that a call reacts to: the newest of this type about the module, else the step's cause. */
export function currentEvent(
  context: StepContext,
  preferred?: { readonly eventType: Event['eventType']; readonly module: string },
): Event {
  const { events, cause } = context;
  const event =
    (preferred &&
      events.findLast(
        ({ eventType, data }) =>
          eventType === preferred.eventType && 'module' in data && data.module === preferred.module,
      )) ??
    events.find(({ eventId }) => eventId === cause.eventId) ??
    events.at(-1);
  if (event === undefined) throw new Error(`step ${context.stepId} without an event`);
  return event;
}

/** What `askModel` needs of a step. */
export function askOptions(context: StepContext) {
  return {
    contexts: context.contexts,
    models: context.models,
    stepId: context.stepId,
    earlier: context.earlierCalls,
    host: context.host,
    signal: context.signal,
    onToken: context.onToken,
    onCall: context.onCall,
  };
}
