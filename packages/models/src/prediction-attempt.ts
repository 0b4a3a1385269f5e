import type { ModelError } from './errors/model-error.ts';
import type { ChatMessage, TokenUsage } from './language-model.ts';

/**
 * How one attempt of a prediction ended.
 *
 * - `ok`: the answer fits.
 * - `malformed`: not JSON, or no code in it.
 * - `invalid`: JSON of another shape, or an answer that the caller's check refuses.
 * - `elided`: code with parts left out (`// … rest of code`).
 * - `cut-off`: the answer ended at the token limit, or its stream stopped.
 * - `error`: the model gave no answer; `error` says why.
 */
export type AttemptOutcome = 'ok' | 'malformed' | 'invalid' | 'elided' | 'cut-off' | 'error';

/** One call to the model within a prediction. */
export interface PredictionAttempt {
  /** 1, 2, 3 … */
  readonly number: number;
  readonly model: string;
  readonly outcome: AttemptOutcome;
  /** What was wrong, in the words shown to the model; null when nothing was. */
  readonly problem: string | null;
  /** Exactly what was sent. */
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number | null;
  /** Tokens of `messages` by our count. */
  readonly countedTokens: number;
  /** Tokens by the host's count. */
  readonly usage: TokenUsage;
  /** The answer, thinking removed; null when there was none. */
  readonly text: string | null;
  readonly thinking: string | null;
  readonly durationMs: number;
  /** The error behind the outcomes `error` and `cut-off`. */
  readonly error: ModelError | null;
}
