import type { Event, ModelCall } from '@org/events';
import type { Step } from './decide/step.ts';

/** What is running: enough to show progress, not enough to change it. */
export interface StepInfo {
  readonly taskId: string;
  readonly stepId: string;
  readonly step: Step;
}

/** Called as things happen. What a hook throws is given to `onError` and changes nothing. */
export interface WorkflowHooks {
  readonly onStepStarted?: (info: StepInfo) => void;
  readonly onStepSettled?: (
    info: StepInfo & { readonly outcome: string; readonly durationMs: number },
  ) => void;
  /** Every attempt to call a model, as it ends. */
  readonly onModelCall?: (info: StepInfo & { readonly call: ModelCall }) => void;
  /** A piece of an answer as it arrives. */
  readonly onToken?: (info: StepInfo & { readonly text: string }) => void;
  readonly onAppended?: (events: readonly Event[]) => void;
  /** A model could not be asked; the task waits for it. */
  readonly onModelUnavailable?: (
    info: StepInfo & { readonly error: Error; readonly retryInMs: number },
  ) => void;
  /** The store does not take events; the task's outcome waits in memory. */
  readonly onStoreUnavailable?: (info: {
    readonly taskId: string;
    readonly error: unknown;
  }) => void;
  /** Something failed that nobody waits for: a broadcast, a hook, a copy of the code on disk. */
  readonly onError?: (error: unknown, doing: string) => void;
}
