import { visitPostings } from './bucket.ts';
import {
  bucketOf,
  bucketStart,
  createPostingBuffer,
  hashOf,
  maxRunLength,
} from './posting-list.ts';
import {
  bucketCount,
  bucketKey,
  bucketsOf,
  type PostingKind,
  postingKinds,
  type Run,
  type StoredBucket,
} from './run.ts';

/** How many runs of one level are merged into one of the next. */
const fanOut = 4;

/** The runs at the end that have grown ripe to be one; empty: none. @param runLength that of level 0 */
export function ripeRuns(runs: readonly Run[], runLength: number): readonly Run[] {
  const last = runs.slice(-fanOut);
  const [first] = last;
  if (first === undefined || last.length < fanOut) return [];
  const level = levelOf(first, runLength);
  const sameLevel = last.every((run) => levelOf(run, runLength) === level);
  const length = (last.at(-1)?.last ?? 0) - first.first + 1;
  return sameLevel && length <= maxRunLength ? last : [];
}

function levelOf({ first, last }: Run, runLength: number): number {
  return Math.floor(Math.log2((last - first + 1) / runLength) / Math.log2(fanOut));
}

const bucketsPerStep = 64;

/**
 * The buckets of the run that covers adjacent runs, a few at a time so that memory stays small.
 *
 * Buckets are cut by hash, so each step reads from every run just the buckets of the same hashes.
 */
export async function* mergeRuns(
  runs: readonly Run[],
  merged: Run,
  readBuckets: (keys: readonly string[]) => Promise<readonly Uint8Array[]>,
): AsyncGenerator<readonly StoredBucket[]> {
  const count = bucketCount(merged);
  for (const kind of postingKinds) {
    for (let from = 0; from < count; from += bucketsPerStep) {
      const to = Math.min(count, from + bucketsPerStep);
      const range = { low: bucketStart(from, count), high: bucketStart(to, count) };
      const postings = createPostingBuffer();
      for (const run of runs) {
        const shift = run.first - merged.first;
        for (const bucket of await readBuckets(keysOf(run, kind, range))) {
          visitPostings(bucket, (posting) => {
            if (posting >= range.low && posting < range.high) postings.push(posting + shift);
          });
        }
      }
      yield [...bucketsOf(merged, kind, postings.sorted(), from, to)];
    }
  }
}

function keysOf(
  run: Run,
  kind: PostingKind,
  range: { readonly low: number; readonly high: number },
): string[] {
  const count = bucketCount(run);
  const keys: string[] = [];
  const last = bucketOf(hashOf(range.high - 1), count);
  for (let bucket = bucketOf(hashOf(range.low), count); bucket <= last; bucket++) {
    keys.push(bucketKey(run, kind, bucket));
  }
  return keys;
}
