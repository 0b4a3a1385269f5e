import type { Posting } from '../../graph/keyword-index.ts';
import { packedPosting, unpackedPosting } from './packed-posting.ts';
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
  const rows = Array.from({ length: count }, () => [] as string[]);
  // A word needs no escape in JSON: it has letters, digits, `_` and `$` only.
  for (const [word, posting] of postings)
    rows[bucketOf(word, count)]?.push(`"${word}":[${packedPosting(posting).join()}]`);
  return rows.map((entries) => `{${entries.join()}}`);
}

/** Where a word stands, out of its row. */
export function postingIn(row: string, word: string): Posting | undefined {
  // Written by `wordRows`; the row's checksum has been checked.
  const parsed = JSON.parse(row) as Readonly<Record<string, readonly number[]>>;
  const packed = Object.hasOwn(parsed, word) ? parsed[word] : undefined;
  return packed === undefined ? undefined : unpackedPosting(packed);
}
