import type { StoredNode } from '../nodes/cache-node.ts';
import { isCode } from '../nodes/node-text.ts';
import { identifiersIn } from '../words/words.ts';

/**
 * What a line has to name to be about a question: what the seeds declare, and the words of the query that
 * are neither a language's nor everyone's.
 */
export function focusWords(seeds: Iterable<StoredNode>, query: string): ReadonlySet<string> {
  const words = new Set<string>();
  for (const node of seeds) {
    const name = node.name.slice(node.name.lastIndexOf('.') + 1);
    if (isCode(node) && node.type !== 'module' && name.length >= leastOfName) words.add(name);
  }
  for (const word of identifiersIn(query))
    if (word.length >= leastOfWord && !common.has(word.toLowerCase())) words.add(word);
  return words;
}

/** Characters; shorter ones mean something else in every other line. */
const leastOfName = 3;
const leastOfWord = 4;

const common = new Set([
  ...'async await boolean break case catch class const continue default delete elif else enum'.split(
    ' ',
  ),
  ...'except export extends false finally from function implements import instanceof interface'.split(
    ' ',
  ),
  ...'lambda none null number object package pass private protected public raise readonly return'.split(
    ' ',
  ),
  ...'self static string super switch this throw true type typeof undefined void while with'.split(
    ' ',
  ),
  ...'yield into make more only some support than that them then they this use when will'.split(
    ' ',
  ),
]);
