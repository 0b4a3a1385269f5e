import { identifiersIn } from '../words/words.ts';

/** What stands for lines that are left out. */
const elision = '…';

/**
 * The lines of a text that name one of `words`, with a single line between two of them, and a mark for each
 * run of others; null when no line does.
 */
export function excerptOf(text: string, words: ReadonlySet<string>): string | null {
  if (words.size === 0) return null;
  const lines = text.split('\n');
  const named = lines.map((line) => identifiersIn(line).some((word) => words.has(word)));
  if (!named.includes(true)) return null;
  const shown: string[] = [];
  lines.forEach((line, i) => {
    if (named[i] || (named[i - 1] && named[i + 1])) shown.push(line);
    else if (shown.at(-1) !== elision) shown.push(elision);
  });
  return shown.join('\n');
}
