import type { ChatMessage, LanguageModel } from './language-model.ts';
import type { PredictionAttempt } from './prediction-attempt.ts';
import { promptSize } from './prompt-size.ts';

const longestQuote = 2_000;

/** The first prompt, the answer it got and what was wrong with it; as much of that as fits. */
export function askAgain(
  model: LanguageModel,
  {
    first,
    attempt,
    maxTokens = 1,
  }: {
    readonly first: readonly ChatMessage[];
    readonly attempt: PredictionAttempt;
    readonly maxTokens: number | undefined;
  },
): readonly ChatMessage[] {
  const complaint: ChatMessage = {
    role: 'user',
    content: `That answer cannot be used. ${attempt.problem ?? ''}\nAnswer again, complete and in the form that was asked for.`,
  };
  const quote =
    attempt.outcome === 'invalid' || attempt.outcome === 'malformed' ? attempt.text : null;
  const quoted: ChatMessage[] = quote?.trim()
    ? [{ role: 'assistant', content: quote.slice(0, longestQuote) }]
    : [];
  const last = first.at(-1);
  const merged =
    last?.role === 'user'
      ? [
          ...first.slice(0, -1),
          { ...last, content: `${last.content}\n\n${shortComplaint(attempt)}` },
        ]
      : [...first, complaint];
  const candidates = quoted.length > 0 ? [[...first, ...quoted, complaint], merged] : [merged];
  const fits = (messages: readonly ChatMessage[]) => promptSize(model, messages).room >= maxTokens;
  return candidates.find(fits) ?? first;
}

function shortComplaint({ problem }: PredictionAttempt): string {
  return `An earlier answer could not be used: ${problem ?? ''}`;
}
