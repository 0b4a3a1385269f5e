import { wordRarity, wordWeight } from '../../../graph/words/keyword-index.ts';
import { wordsOf } from '../../../graph/words/words.ts';
import type { Posting } from '../rows/packed-posting.ts';
import { wordKey } from '../rows/scope-keys.ts';
import { readTexts } from '../rows/text-table.ts';
import { postingIn } from '../rows/word-rows.ts';
import type { ScopeInfo } from '../scopes/scope-info.ts';
import { bucketOf } from '../storage/row-keys.ts';
import type { RowStore } from '../storage/row-store.ts';
import { byScore, type Found } from './found-nodes.ts';
import type { SearchOptions } from './search-answer.ts';

/** BM25 over several scopes together, reading only the rows of the query's words. */
export async function searchWords(
  query: string,
  options: {
    readonly rows: RowStore;
    readonly scopes: readonly (readonly [string, ScopeInfo])[];
    readonly types: SearchOptions['types'];
    readonly limit: number;
  },
): Promise<readonly Found[]> {
  const { rows, scopes, types } = options;
  const all = scopes.reduce((sum, [, info]) => sum + info.words.texts, 0);
  const length = scopes.reduce((sum, [, info]) => sum + info.words.totalLength, 0);
  const average = length / Math.max(1, all);
  const words = [...new Set(wordsOf(query))];
  const found = await Promise.all(
    scopes.map(async (one) => ({ scope: one[0], postings: await readPostings(rows, one, words) })),
  );
  const rarities = words.map((_, i) =>
    wordRarity(
      found.reduce((sum, { postings }) => sum + (postings[i]?.length ?? 0) / 2, 0),
      all,
    ),
  );
  const hits: Found[] = [];
  for (const { scope, postings } of found) {
    if (postings.every((posting) => posting === undefined)) continue;
    const table = await readTexts(rows, scope);
    const scores = new Map<number, number>();
    postings.forEach((posting, i) => {
      for (let at = 0; at < (posting?.length ?? 0); at += 2) {
        const number = posting?.[at] ?? -1;
        const weight = wordWeight(posting?.[at + 1] ?? 0, (table.lengths[number] ?? 0) / average);
        scores.set(number, (scores.get(number) ?? 0) + (rarities[i] ?? 0) * weight);
      }
    });
    for (const [number, score] of scores) {
      const id = table.ids[number];
      const type = table.types[number];
      if (id !== undefined && type !== undefined && (types?.includes(type) ?? true))
        hits.push({ scope, id, score });
    }
  }
  return hits.sort(byScore).slice(0, options.limit);
}

async function readPostings(
  rows: RowStore,
  [scope, { words: statistics }]: readonly [string, ScopeInfo],
  words: readonly string[],
): Promise<readonly (Posting | undefined)[]> {
  const stored = await rows.getMany(
    words.map((word) => wordKey(scope, bucketOf(word, statistics.buckets))),
  );
  return stored.map((row, i) => (row === undefined ? undefined : postingIn(row, words[i] ?? '')));
}
