import { askAgain } from './ask-again.ts';
import { askOnce } from './ask-once.ts';
import { InvalidRequestError, isModelError, ModelTimeoutError, PredictionError } from './errors.ts';
import type { LanguageModel } from './language-model.ts';
import { assertPositiveInteger } from './positive-integer.ts';
import type { PredictOptions } from './predict-options.ts';
import type { PredictionAttempt } from './prediction-attempt.ts';
import { renderPrompt } from './render-prompt.ts';
import type { Signature } from './signature.ts';

/** What came of a prediction. */
export interface Prediction<Output> {
  readonly output: Output;
  /** `fallback`: the model gave nothing usable, the signature's own fallback did. */
  readonly source: 'model' | 'fallback';
  readonly attempts: readonly PredictionAttempt[];
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
