import { isModelError, type ModelError, OutputLimitError } from './errors.ts';
import { judgeCode, judgeJson, type Verdict } from './judge-answer.ts';
import type { ChatMessage, GenerateResult, LanguageModel } from './language-model.ts';
import type { PredictOptions } from './predict-options.ts';
import type { AttemptOutcome, PredictionAttempt } from './prediction-attempt.ts';
import { promptSize } from './prompt-size.ts';
import type { CodeSignature, JsonSignature } from './signature.ts';
import { stripThinking } from './strip-thinking.ts';

/** What of a signature decides how its answer is asked for and read. */
type Answerable<Output> =
  | Pick<JsonSignature<never, Output>, 'kind' | 'output' | 'format'>
  | Pick<CodeSignature<never>, 'kind' | 'language'>;

/**
 * Makes one attempt of a prediction and judges its answer.
 *
 * @throws only what is no ModelError: the signal's reason, or what a hook of the caller threw
 */
export async function askOnce<Output>(
  question: {
    readonly model: LanguageModel;
    readonly signature: Answerable<Output>;
    readonly messages: readonly ChatMessage[];
    readonly number: number;
  },
  options: PredictOptions<Output>,
): Promise<{ readonly attempt: PredictionAttempt; readonly output?: Output }> {
  const { model, signature, messages, number } = question;
  const now = options.now ?? Date.now;
  const started = now();
  const size = promptSize(model, messages);
  const maxTokens =
    options.maxTokens ?? Math.max(1, Math.min(model.profile.maxOutputTokens, size.room));
  const { temperature = 0, seed, think = false, onToken, signal } = options;
  const base = {
    number,
    messages,
    maxTokens,
    temperature,
    seed: seed ?? null,
    model: model.id,
    countedTokens: size.tokens,
  };
  const format = signature.kind === 'json' ? signature.format : undefined;
  let result: GenerateResult;
  try {
    result = await model.generate(
      { messages, maxTokens, temperature, seed, think, format, onToken },
      { signal },
    );
  } catch (error) {
    if (signal?.aborted || !isModelError(error)) throw error;
    const outcome = stoppedShort(error) ? 'cut-off' : 'error';
    return {
      attempt: {
        ...base,
        ...unanswered,
        outcome,
        error,
        problem: outcome === 'cut-off' ? 'It stopped before its end.' : error.message,
        durationMs: now() - started,
      },
    };
  }
  const separated = stripThinking(result.text);
  const answered = {
    ...base,
    model: result.model,
    usage: result.usage,
    text: separated.text,
    thinking: result.thinking ?? separated.thinking,
    error: null,
  };
  const end = (outcome: AttemptOutcome, problem: string | null): PredictionAttempt => ({
    ...answered,
    outcome,
    problem,
    durationMs: now() - started,
  });
  if (result.finish === 'length') {
    const error = new OutputLimitError({ model: model.id, maxTokens, partialText: separated.text });
    const problem = `It was cut off after ${maxTokens} tokens. Be shorter.`;
    return { attempt: { ...end('cut-off', problem), error } };
  }
  const verdict = judge(separated.text, { signature, previous: options.previousCode });
  if (verdict.outcome !== 'ok') return { attempt: end(verdict.outcome, verdict.problem) };
  const objection = (await options.check?.(verdict.output)) ?? null;
  if (objection !== null) return { attempt: end('invalid', objection) };
  return { attempt: end('ok', null), output: verdict.output };
}

const unanswered = {
  usage: { promptTokens: null, completionTokens: null },
  text: null,
  thinking: null,
} as const;

/** Answers that stopped early can come out whole the next time; other errors are not for asking again. */
function stoppedShort(error: ModelError): boolean {
  return (
    isModelError(error, 'RESPONSE_INCOMPLETE') ||
    (isModelError(error, 'STREAM_CUT') && error.how === 'ended')
  );
}

function judge<Output>(
  text: string,
  { signature, previous }: { signature: Answerable<Output>; previous: string | undefined },
): Verdict<Output> {
  if (signature.kind === 'json') return judgeJson(text, signature);
  // A code signature's output is a CodeFile: its type says so, which the compiler cannot follow here.
  return judgeCode(text, { language: signature.language, previous }) as Verdict<Output>;
}
