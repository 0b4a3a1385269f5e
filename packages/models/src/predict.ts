import { askAgain } from './ask-again.ts';
import { askOnce } from './ask-once.ts';
import {
  InvalidRequestError,
  isModelError,
  type ModelError,
  ModelTimeoutError,
  PredictionError,
} from './errors.ts';
import type { ChatMessage, GenerateRequest, LanguageModel, TokenUsage } from './language-model.ts';
import { assertPositiveInteger } from './positive-integer.ts';
import { renderPrompt } from './render-prompt.ts';
import type { Signature } from './signature.ts';

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

/** What came of a prediction. */
export interface Prediction<Output> {
  readonly output: Output;
  /** `fallback`: the model gave nothing usable, the signature's own fallback did. */
  readonly source: 'model' | 'fallback';
  readonly attempts: readonly PredictionAttempt[];
}

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

/**
 * Asks a model a typed question until the answer fits, at most three times.
 *
 * Each further attempt shows the model what was wrong. A model that cannot answer at all (absent,
 * too busy, prompt too long) is not asked again: retrying those is the adapter's work.
 *
 * @throws the signal's reason when aborted
 * @throws PredictionError with every attempt, when none fits and the signature has no fallback
 * @throws ModelError when the model could not answer, and the signature has no fallback
 */
export async function predict<Input, Output>(
  model: LanguageModel,
  signature: Signature<Input, Output>,
  input: Input,
  options: PredictOptions<Output> = {},
): Promise<Prediction<Output>> {
  options.signal?.throwIfAborted();
  assertPositiveInteger('maxAttempts', options.maxAttempts ?? 3);
  const checkedInput = parseInput(signature, input);
  const first = options.messages ?? renderPrompt(signature, checkedInput);
  const attempts: PredictionAttempt[] = [];
  const deadline = startDeadline(model.id, options);
  try {
    let messages = first;
    for (let number = 1; number <= (options.maxAttempts ?? 3); number += 1) {
      const { attempt, output } = await askOnce<Output>(
        { model, signature, messages, number },
        { ...options, signal: deadline.signal },
      );
      attempts.push(attempt);
      options.onAttempt?.(attempt);
      if (attempt.outcome === 'ok') return { output: output as Output, source: 'model', attempts }; // `ok` has one
      if (attempt.outcome === 'error' && attempt.error) throw attempt.error;
      messages = askAgain(model, { first, attempt, maxTokens: options.maxTokens });
    }
    throw new PredictionError({ signature: signature.name, attempts });
  } catch (caught) {
    if (options.signal?.aborted) throw options.signal.reason;
    const error = deadline.expired() ?? caught;
    if (!isModelError(error) || !signature.fallback) throw error;
    // A code signature's output is a CodeFile, which the compiler cannot follow here.
    const output = (await signature.fallback(checkedInput, error)) as Output;
    return { output, source: 'fallback', attempts };
  } finally {
    deadline.stop();
  }
}

function parseInput<Input>(signature: Signature<Input, unknown>, input: Input): Input {
  const parsed = signature.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
  throw new InvalidRequestError({
    field: `input of ${signature.name}`,
    detail,
    cause: parsed.error,
  });
}

/** One time limit over all attempts, apart from the caller's own signal. */
function startDeadline(
  model: string,
  {
    signal,
    timeoutMs,
  }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): {
  readonly signal: AbortSignal | undefined;
  readonly expired: () => ModelTimeoutError | undefined;
  readonly stop: () => void;
} {
  if (timeoutMs === undefined) return { signal, expired: () => undefined, stop: () => {} };
  let expired: ModelTimeoutError | undefined;
  const limit = new AbortController();
  const timer = setTimeout(() => {
    expired = new ModelTimeoutError({ model, phase: 'whole', timeoutMs });
    limit.abort(expired);
  }, timeoutMs);
  return {
    signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
    expired: () => expired,
    stop: () => clearTimeout(timer),
  };
}
