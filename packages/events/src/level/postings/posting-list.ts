import { keyHash } from './key-hash.ts';

/** Most events of one run: an offset takes 21 bits beside the 32 of a hash in one double. */
export const maxRunLength = 2 ** 21;

/**
 * Postings of one kind for consecutive events: pairs of a key's hash and an event's offset, each
 * packed into one double, so that sorting is the typed array's own.
 */
export type PostingList = Float64Array;

export function packPosting(key: string, offset: number): number {
  return keyHash(key) * maxRunLength + offset;
}

export function hashOf(posting: number): number {
  return Math.floor(posting / maxRunLength);
}

export function offsetOf(posting: number): number {
  return posting % maxRunLength;
}

/** Which of `buckets` a hash falls into; rising with the hash. */
export function bucketOf(hash: number, buckets: number): number {
  return Math.floor((hash / 2 ** 32) * buckets);
}

/** The least posting of a bucket. */
export function bucketStart(bucket: number, buckets: number): number {
  return Math.ceil((bucket * 2 ** 32) / buckets) * maxRunLength;
}

/** Gathers postings without boxing them. */
export interface PostingBuffer {
  readonly length: number;
  push(posting: number): void;
  /** 0 where there is none. */
  at(index: number): number;
  /** All of them, sorted. */
  sorted(): PostingList;
}

export function createPostingBuffer(): PostingBuffer {
  let postings = new Float64Array(4_096);
  let length = 0;
  return {
    get length() {
      return length;
    },
    at: (index) => postings[index] ?? 0,
    push(posting) {
      if (length === postings.length) {
        const larger = new Float64Array(length * 2);
        larger.set(postings);
        postings = larger;
      }
      postings[length++] = posting;
    },
    sorted: () => postings.slice(0, length).sort(),
  };
}
