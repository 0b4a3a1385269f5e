import { bare } from './bare-text.ts';
import type { Fact } from './facts.ts';

/** Whether each fact is kept in a text; an independent string matcher, no model. */
export function score(
  text: string,
  facts: readonly Fact[],
): readonly { readonly strict: boolean; readonly lenient: boolean }[] {
  const context = bare(text);
  return facts.map(({ strict, lenient }) => ({
    strict: strict.every((part) => context.includes(part)),
    lenient: lenient.every((part) => context.includes(part)),
  }));
}
