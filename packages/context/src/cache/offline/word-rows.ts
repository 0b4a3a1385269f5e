import type { NodeType } from '../../graph/cache-node.ts';
import {
  type KeywordHit,
  type Posting,
  wordRarity,
  wordWeight,
} from '../../graph/keyword-index.ts';
import { wordsOf } from '../../graph/words.ts';
import { bucketOf, bucketsFor } from './row-keys.ts';

/** Words whose postings one row holds. */
const perRow = 64;

/** The texts of a scope by number: parallel columns. */
export interface TextTable {
  readonly ids: readonly string[];
  readonly lengths: readonly number[];
  readonly types: readonly NodeType[];
}

/** Word → where it stands. */
type WordRow = Readonly<Record<string, Posting>>;

/** An inverted index in rows: each word in the row that it falls into. */
export function wordRows(postings: ReadonlyMap<string, Posting>): readonly string[] {
  const count = bucketsFor(postings.size, perRow);
  // Without a prototype: `constructor` is a word like any other.
  const rows = Array.from({ length: count }, () => Object.create(null) as Record<string, unknown>);
  for (const [word, posting] of postings) {
    const row = rows[bucketOf(word, count)];
    if (row !== undefined) row[word] = posting;
  }
  return rows.map((row) => JSON.stringify(row));
}

/** What is known of a scope's words without reading them. */
export interface WordStatistics {
  readonly texts: number;
  readonly totalLength: number;
  readonly buckets: number;
}

/** Where a scope's rows are read. */
export interface WordSource {
  readonly scope: string;
  readonly statistics: WordStatistics;
  readonly table: () => Promise<TextTable>;
  readonly row: (bucket: number) => Promise<string | undefined>;
}

/** BM25 over several scopes together, reading only the rows of the query's words. */
export async function searchWords(
  query: string,
  options: {
    readonly sources: readonly WordSource[];
    readonly limit: number;
    readonly accept: (type: NodeType) => boolean;
  },
): Promise<readonly (KeywordHit & { readonly scope: string })[]> {
  const { sources } = options;
  const all = sources.reduce((sum, { statistics }) => sum + statistics.texts, 0);
  const length = sources.reduce((sum, { statistics }) => sum + statistics.totalLength, 0);
  const average = length / Math.max(1, all);
  const words = [...new Set(wordsOf(query))];
  const found = await Promise.all(sources.map((source) => postingsOf(source, words)));
  const rarities = words.map((_, i) =>
    wordRarity(
      found.reduce((sum, postings) => sum + (postings[i]?.length ?? 0) / 2, 0),
      all,
    ),
  );
  const hits: (KeywordHit & { readonly scope: string })[] = [];
  for (const [s, source] of sources.entries()) {
    const postings = found[s] ?? [];
    if (postings.every((posting) => posting === undefined)) continue;
    const table = await source.table();
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
      if (id !== undefined && type !== undefined && options.accept(type))
        hits.push({ scope: source.scope, id, score });
    }
  }
  return hits.sort(byScore).slice(0, options.limit);
}

async function postingsOf(
  source: WordSource,
  words: readonly string[],
): Promise<readonly WordRow[string][] | readonly undefined[]> {
  const rows = await Promise.all(
    words.map((word) => source.row(bucketOf(word, source.statistics.buckets))),
  );
  // Written by `wordRows`; the row's checksum has been checked.
  return rows.map((row, i) => {
    const parsed = row === undefined ? {} : (JSON.parse(row) as WordRow);
    const word = words[i] ?? '';
    return Object.hasOwn(parsed, word) ? parsed[word] : undefined;
  }) as readonly WordRow[string][];
}

function byScore(
  a: KeywordHit & { readonly scope: string },
  b: KeywordHit & { readonly scope: string },
): number {
  if (a.score !== b.score) return b.score - a.score;
  return `${a.scope}/${a.id}` < `${b.scope}/${b.id}` ? -1 : 1;
}
