import type { WordPlaces } from '../../../graph/words/word-places.ts';

/** Where a word stands: the number of a text and how often it is in it, one after the other. */
export type Posting = readonly number[];

/**
 * A word's places in few and small numbers, apart by commas: each text as twice its distance from the one
 * before, plus 1 when its count follows. Nearly all counts are 1.
 */
export function packedPosting(places: WordPlaces, word: number): string {
  const { starts, ends, texts, counts } = places;
  const end = ends[word] ?? 0;
  let packed = '';
  let before = 0;
  // All reads are inside their arrays.
  for (let i = starts[word] ?? 0; i < end; i++) {
    const text = texts[i] as number;
    const count = counts[i] as number;
    const distance = 2 * (text - before);
    if (packed !== '') packed += ',';
    packed += count === 1 ? distance : `${distance + 1},${count}`;
    before = text;
  }
  return packed;
}

/** The places that `packedPosting` packed. */
export function unpackedPosting(packed: readonly number[]): Posting {
  const posting: number[] = [];
  let number = 0;
  for (let i = 0; i < packed.length; i++) {
    const distance = packed[i] ?? 0;
    const counted = distance % 2 === 1;
    number += (distance - (counted ? 1 : 0)) / 2;
    posting.push(number, counted ? (packed[++i] ?? 0) : 1);
  }
  return posting;
}
