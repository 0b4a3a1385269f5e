import { type IndexContents, wordRarity, wordWeight } from '../../../graph/keyword-index.ts';
import { wordsOf } from '../../../graph/words.ts';
import type { TextTable } from '../rows/text-table.ts';
import type { TextTotals } from '../rows/text-totals.ts';
import { keyWords, rowKey } from '../storage/row-keys.ts';
import type { RowStore } from '../storage/row-store.ts';
import { byScore, type Found, placeOf } from './found-nodes.ts';

/** A text of a task by its node, how often the word is in it, and its length in words. */
type Place = readonly [id: string, count: number, length: number];

/** Words of a query that are looked up; a task's own text has about fifty. */
const mostWords = 128;
/** Scopes that are read of one word. One that is in more of them hardly tells tasks apart. */
const mostScopes = 1_000;
/** Of the best so far, so many are asked for words that were not read to their end. */
const askedAgain = 64;

const wordKey = (word: string, scope: string) => rowKey('task-word', word, scope);
const wordPrefix = (word: string) => `${rowKey('task-word', word)}/`;

/** A row for each word of a scope's texts of type `task`: so that tasks are found without asking each. */
export function taskWordRows(
  scope: string,
  { ids, lengths, words, places }: IndexContents,
  types: TextTable['types'],
): { readonly rows: ReadonlyMap<string, string>; readonly totals: TextTotals } {
  const isTask = types.map((type) => type === 'task');
  const rows = new Map<string, string>();
  words.forEach((word, w) => {
    const found: Place[] = [];
    // All reads are inside their arrays.
    for (let i = places.starts[w] as number; i < (places.ends[w] as number); i++) {
      const text = places.texts[i] as number;
      if (isTask[text])
        found.push([ids[text] as string, places.counts[i] as number, lengths[text] as number]);
    }
    if (found.length > 0) rows.set(wordKey(word, scope), JSON.stringify(found));
  });
  const tasks = lengths.filter((_, text) => isTask[text]);
  return {
    rows,
    totals: { texts: tasks.length, totalLength: tasks.reduce((sum, length) => sum + length, 0) },
  };
}

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
    const stored = await rows.under(wordPrefix(word), { limit: mostScopes });
    for (const { key, value } of stored) note(candidates, { word, key, value });
    rarities.set(word, wordRarity(Math.min(stored.length, totals.texts), totals.texts));
    if (stored.length === mostScopes) common.push(word);
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
    const keys = asked.map(({ word, scope }) => wordKey(word, scope));
    const values = await rows.getMany(keys);
    asked.forEach(({ word }, i) => {
      const value = values[i];
      if (value !== undefined) note(candidates, { word, key: keys[i] ?? '', value });
    });
  }
  return best(limit);
}

function note(
  candidates: Map<string, Candidate>,
  { word, key, value }: { readonly word: string; readonly key: string; readonly value: string },
): void {
  const [, , scope = ''] = keyWords(key);
  // Written by `taskWordRows`; the row's checksum has been checked.
  for (const [id, count, length] of JSON.parse(value) as readonly Place[]) {
    const place = placeOf({ scope, id });
    const known = candidates.get(place) ?? { scope, id, length, counts: new Map() };
    candidates.set(place, known);
    known.counts.set(word, count);
  }
}
