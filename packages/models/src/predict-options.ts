import type { ChatMessage, GenerateRequest } from './language-model.ts';
import type { PredictionAttempt } from './prediction-attempt.ts';

/** How a prediction is asked for. */
export interface PredictOptions<Output> {
  /** Ends the prediction with its reason; no fallback then. */
  readonly signal?: AbortSignal | undefined;
  /** For all attempts together; then the fallback, or a ModelTimeoutError. @default none */
  readonly timeoutMs?: number | undefined;
  /** Sent instead of the rendered input; has to hold instructions and `answerFormat` itself. */
  readonly messages?: readonly ChatMessage[] | undefined;
  /** Tokens for each answer. @default the profile's `maxOutputTokens`, or what the prompt leaves of the window */
  readonly maxTokens?: number | undefined;
  /** @default 0 */
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  /** @default false */
  readonly think?: boolean | undefined;
  /** Calls at most, the first included. 1 for callers with a ladder of their own. @default 3 */
  readonly maxAttempts?: number | undefined;
  /** Looks at a well-formed output; what it returns is shown to the model as what is wrong. */
  readonly check?: ((output: Output) => string | null | Promise<string | null>) | undefined;
  /** The file that generated code replaces; a new one of less than half its size is `elided`. */
  readonly previousCode?: string | undefined;
  /** Told of every attempt when it ended, failed ones too. */
  readonly onAttempt?: ((attempt: PredictionAttempt) => void) | undefined;
  readonly onToken?: GenerateRequest['onToken'];
  readonly now?: (() => number) | undefined;
}
