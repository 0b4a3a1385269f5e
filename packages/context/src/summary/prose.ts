import { type JsonSignature, type LanguageModel, predict } from '@org/models';

export interface SummarizerOptions {
  /** Writes the prose. @default none: everything comes from the code and the figures */
  readonly model?: LanguageModel | undefined;
  /** Then the summary is taken from the code. @default 30 000 */
  readonly timeoutMs?: number | undefined;
}

/** Who wrote the prose of a summary: a model, or this package from the facts. */
export type Author = 'model' | 'facts';

/** Tokens that the prose of one summary takes at most, as JSON. */
const answerTokens = 600;
/** What instructions, schema and figures take beside the material. */
const aroundMaterial = 1_200;

/** Asks the model for prose; without one, or when it gives none in time, the signature's fallback writes it. */
export async function writeProse<Input, Prose>(
  signature: Omit<JsonSignature<Input, Prose>, 'fallback'> & {
    readonly fallback: (input: Input, cause: Error) => Prose;
  },
  input: Input,
  options: SummarizerOptions & { readonly signal?: AbortSignal | undefined },
): Promise<{ readonly prose: Prose; readonly author: Author }> {
  const { model, signal, timeoutMs = 30_000 } = options;
  signal?.throwIfAborted();
  if (model === undefined)
    return { prose: signature.fallback(input, new Error('no model')), author: 'facts' };
  const maxTokens = Math.min(answerTokens, model.profile.maxOutputTokens);
  const { output, source } = await predict(model, signature, input, {
    signal,
    timeoutMs,
    maxTokens,
  });
  return { prose: output, author: source === 'model' ? 'model' : 'facts' };
}

/** Tokens of material that leave a model room for the rest of the prompt and its answer. */
export function materialTokens(model: LanguageModel | undefined): number {
  if (model === undefined) return 0;
  const { contextWindow } = model.profile;
  return Math.floor(
    Math.max(contextWindow / 4, contextWindow - answerTokens - aroundMaterial) * 0.6,
  );
}
