/** Cuts an answer into pieces of the size that models stream: a word's beginning, or a few letters. */
export function pseudoTokens(text: string): string[] {
  return text.match(/\s?[^\s]{1,5}|\s/gu) ?? [];
}
