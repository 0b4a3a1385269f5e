import type { IndexContents } from '../../../graph/words/keyword-index.ts';
import type { WordPlaces } from '../../../graph/words/word-places.ts';
import { bucketOf, bucketsFor } from '../storage/row-keys.ts';
import { type Posting, packedPosting, unpackedPosting } from './packed-posting.ts';

/** Words whose postings one row holds. */
const perRow = 64;

/** What is known of a scope's words without reading them. */
export interface WordStatistics {
  readonly texts: number;
  readonly totalLength: number;
  readonly buckets: number;
}

/** An inverted index in rows: each word in the row that it falls into. */
export function wordRows({
  words,
  places,
}: Pick<IndexContents, 'words' | 'places'>): readonly string[] {
  const present = words.reduce((count, _, w) => count + (isEmpty(places, w) ? 0 : 1), 0);
  const count = bucketsFor(present, perRow);
  const rows = Array.from({ length: count }, () => [] as string[]);
  words.forEach((word, w) => {
    if (isEmpty(places, w)) return;
    // A word needs no escape in JSON: it has letters, digits, `_` and `$` only.
    rows[bucketOf(word, count)]?.push(`"${word}":[${packedPosting(places, w)}]`);
  });
  return rows.map((entries) => `{${entries.join()}}`);
}

function isEmpty({ starts, ends }: WordPlaces, word: number): boolean {
  return starts[word] === ends[word];
}

/** Where a word stands, out of its row. */
export function postingIn(row: string, word: string): Posting | undefined {
  // Written by `wordRows`; the row's checksum has been checked.
  const parsed = JSON.parse(row) as Readonly<Record<string, readonly number[]>>;
  const packed = Object.hasOwn(parsed, word) ? parsed[word] : undefined;
  return packed === undefined ? undefined : unpackedPosting(packed);
}
