import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Posting,
  packedPosting,
  unpackedPosting,
} from '../../src/cache/offline/rows/packed-posting.ts';

/** A posting packed, as its row holds it, as the only word of an index. */
function packed(posting: Posting): readonly number[] {
  const texts = Uint32Array.from(posting.filter((_, i) => i % 2 === 0));
  const counts = Uint32Array.from(posting.filter((_, i) => i % 2 === 1));
  const [starts, ends] = [Uint32Array.of(0), Uint32Array.of(texts.length)];
  return JSON.parse(`[${packedPosting({ starts, ends, texts, counts }, 0)}]`);
}

describe('packedPosting', () => {
  it('gives back every posting as it was', () => {
    const entry = fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 1, max: 5 }));
    const postings = fc.uniqueArray(entry, { selector: ([number]) => number });
    fc.assert(
      fc.property(postings, (entries) => {
        const posting = entries.toSorted(([a], [b]) => a - b).flat();
        expect(unpackedPosting(packed(posting))).toEqual(posting);
      }),
    );
  });

  it('takes one small number for a text in which the word stands once', () => {
    expect(packed([1_000, 1, 1_001, 1, 1_004, 3])).toEqual([2_000, 2, 7, 3]);
  });
});
