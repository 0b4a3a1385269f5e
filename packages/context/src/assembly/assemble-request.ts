import type { Event } from '@org/events';

/** What a model is called for; decides what has to reach the prompt whole. */
export type ContextPurpose = 'plan' | 'code' | 'tests' | 'correction' | 'summary';

/** Asks for the context of one model call. */
export interface AssembleRequest {
  readonly taskId: string;
  /**
   * The task's log so far, in any order; events of other tasks are ignored. The context sees exactly
   * these: the highest sequence among them is its `asOfSequence`.
   */
  readonly events: readonly Event[];
  /** What this call reacts to. Stands whole in the last layer; need not be stored yet. */
  readonly currentEvent: Event;
  readonly purpose: ContextPurpose;
  /** The module the call is about; null when it is about the whole task. */
  readonly module: string | null;
  /** What exactly to do now and how to answer: the end of the prompt, never cut. */
  readonly instructions: string;
  /** Id of the preferred model; a larger one takes over when it does not fit. @default the smallest */
  readonly model?: string | undefined;
  /** Tokens the answer wants. @default the model's generation slot */
  readonly generationTokens?: number | undefined;
}
