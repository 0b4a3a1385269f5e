import type { Posting } from '../../graph/keyword-index.ts';

/**
 * A posting in fewer and smaller numbers: each text as twice its distance from the one before, plus 1 when
 * its count follows. Nearly all counts are 1.
 */
export function packedPosting(posting: Posting): number[] {
  const packed: number[] = [];
  let before = 0;
  for (let i = 0; i < posting.length; i += 2) {
    const number = posting[i] ?? 0;
    const count = posting[i + 1] ?? 0;
    const distance = 2 * (number - before);
    if (count === 1) packed.push(distance);
    else packed.push(distance + 1, count);
    before = number;
  }
  return packed;
}

/** The posting that `packedPosting` packed. */
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
