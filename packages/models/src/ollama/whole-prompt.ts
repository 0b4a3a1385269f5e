import { estimatingCounter } from '../counting/estimating-counter.ts';
import { PromptTruncatedError } from '../errors.ts';
import type { GenerateRequest, GenerateResult, LanguageModel } from '../language-model.ts';
import type { TokenCounter } from '../token-counter.ts';

/** Shares of our count below which the host cannot have read the whole prompt. */
const leastShare = { exact: 0.95, estimate: 0.75 } as const;

/**
 * Makes sure that the model read the whole prompt, as far as its host says what it read.
 *
 * The texts alone are compared, without the template around them: an answer is not condemned for a
 * template shorter than we thought.
 *
 * @returns what was counted and reported; undefined when the host reported nothing
 * @throws PromptTruncatedError
 */
export function assertWholePrompt({
  model,
  asked,
  answer,
}: {
  readonly model: Pick<LanguageModel, 'id' | 'profile' | 'tokens'>;
  readonly asked: GenerateRequest;
  readonly answer: Pick<GenerateResult, 'usage'>;
}): { readonly counted: number; readonly reported: number } | undefined {
  const reported = answer.usage.promptTokens;
  if (reported === null) return undefined;
  const { exact } = model.tokens;
  const counted = countAll(asked, model.tokens);
  const least = leastCount(asked, model);
  if (reported < least * (exact ? leastShare.exact : leastShare.estimate))
    throw new PromptTruncatedError({
      model: model.id,
      countedTokens: counted,
      reportedTokens: reported,
      exact,
    });
  return { counted, reported };
}

/** For a family without measurements the estimate is a ceiling: the lowest of the known ones is safe. */
function leastCount(
  asked: GenerateRequest,
  model: Pick<LanguageModel, 'profile' | 'tokens'>,
): number {
  const counted = countAll(asked, model.tokens);
  if (model.tokens.exact || model.profile.family !== 'other') return counted;
  return Math.min(counted, countAll(asked, estimatingCounter('qwen')));
}

function countAll({ messages }: GenerateRequest, tokens: TokenCounter): number {
  return messages.reduce((sum, { content }) => sum + tokens.count(content), 0);
}
