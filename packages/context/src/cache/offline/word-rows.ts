import type { Posting } from '../../graph/keyword-index.ts';
import { bucketOf, bucketsFor } from './row-keys.ts';

/** Words whose postings one row holds. */
const perRow = 64;

/** What is known of a scope's words without reading them. */
export interface WordStatistics {
  readonly texts: number;
  readonly totalLength: number;
  readonly buckets: number;
}

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

/** Where a word stands, out of its row. */
export function postingIn(row: string, word: string): Posting | undefined {
  // Written by `wordRows`; the row's checksum has been checked.
  const parsed = JSON.parse(row) as Readonly<Record<string, Posting>>;
  return Object.hasOwn(parsed, word) ? parsed[word] : undefined;
}
