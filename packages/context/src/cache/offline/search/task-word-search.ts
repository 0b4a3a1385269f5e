import { wordRarity, wordWeight } from '../../../graph/words/keyword-index.ts';
import { wordsOf } from '../../../graph/words/words.ts';
import { nameOfPlace } from '../rows/node-place.ts';
import { readTaskWord, readTaskWords, type TaskWord } from '../rows/task-word-rows.ts';
import type { TextTotals } from '../rows/text-totals.ts';
import type { RowStore } from '../storage/row-store.ts';
import { byScore, type Found } from './found-nodes.ts';

/** Words of a query that are looked up; a task's own text has about fifty. */
const mostWords = 128;
/** Scopes that are read of one word. One that is in more of them hardly tells tasks apart. */
const mostScopes = 1_000;
/** Of the best so far, so many are asked for words that were not read to their end. */
const askedAgain = 64;

interface Candidate {
  readonly scope: string;
  readonly id: string;
  readonly length: number;
  /** How often each word is in it, as far as it was read. */
  readonly counts: Map<string, number>;
}

/**
 * BM25 over the texts of all tasks, reading only the rows of the query's words; of a word that is in more
 * than a thousand tasks not all, but for those that the other words speak for.
 */
export async function searchTaskWords(
  query: string,
  options: { readonly rows: RowStore; readonly totals: TextTotals; readonly limit: number },
): Promise<readonly Found[]> {
  const { rows, totals, limit } = options;
  const words = [...new Set(wordsOf(query))].slice(0, mostWords);
  const candidates = new Map<string, Candidate>();
  const rarities = new Map<string, number>();
  const common: string[] = [];
  for (const word of words) {
    const read = await readTaskWord(rows, word, { limit: mostScopes });
    for (const one of read) note(candidates, one);
    rarities.set(word, wordRarity(Math.min(read.length, totals.texts), totals.texts));
    if (read.length === mostScopes) common.push(word);
  }
  const average = totals.totalLength / Math.max(1, totals.texts);
  const best = (count: number) =>
    [...candidates.values()]
      .map(({ scope, id, length, counts }) => {
        let score = 0;
        for (const [word, present] of counts)
          score += (rarities.get(word) ?? 0) * wordWeight(present, length / average);
        return { scope, id, score };
      })
      .sort(byScore)
      .slice(0, count);
  if (common.length > 0) {
    const scopes = new Set(best(Math.max(askedAgain, limit)).map(({ scope }) => scope));
    const asked = common.flatMap((word) => [...scopes].map((scope) => ({ word, scope })));
    for (const one of await readTaskWords(rows, asked)) note(candidates, one);
  }
  return best(limit);
}

function note(candidates: Map<string, Candidate>, { word, scope, places }: TaskWord): void {
  for (const [id, count, length] of places) {
    const name = nameOfPlace({ scope, id });
    const known = candidates.get(name) ?? { scope, id, length, counts: new Map() };
    candidates.set(name, known);
    known.counts.set(word, count);
  }
}
