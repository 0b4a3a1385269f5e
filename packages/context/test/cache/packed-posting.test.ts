import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedPosting, unpackedPosting } from '../../src/cache/offline/packed-posting.ts';

describe('packedPosting', () => {
  it('gives back every posting as it was', () => {
    const entry = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 5 }));
    const postings = fc.uniqueArray(entry, { selector: ([number]) => number });
    fc.assert(
      fc.property(postings, (entries) => {
        const posting = entries.toSorted(([a], [b]) => a - b).flat();
        expect(unpackedPosting(packedPosting(posting))).toEqual(posting);
      }),
    );
  });

  it('takes one small number for a text in which the word stands once', () => {
    expect(packedPosting([1_000, 1, 1_001, 1, 1_004, 3])).toEqual([2_000, 2, 7, 3]);
  });
});
