import type { AnyEvent } from '../../event.ts';
import { encodeBucket } from './bucket.ts';
import { keyHash } from './key-hash.ts';
import {
  bucketStart,
  createPostingBuffer,
  hashOf,
  offsetOf,
  type PostingList,
  packPosting,
} from './posting-list.ts';

export const postingKinds = ['id', 'task', 'type'] as const;
export type PostingKind = (typeof postingKinds)[number];

/** The postings of the events `first` … `last`, in buckets that are all there, empty ones too. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

/** A bucket of a run, as LevelDB stores it. */
export type StoredBucket = readonly [key: string, value: Uint8Array];

const postingsPerBucket = 512;

/** The same for each kind, so that a run's keys follow from its range. */
export function bucketCount({ first, last }: Run): number {
  return Math.ceil((last - first + 1) / postingsPerBucket);
}

export function bucketKey({ first, last }: Run, kind: PostingKind, bucket: number): string {
  return `b${first.toString(36)}-${last.toString(36)}-${kind}-${bucket.toString(36)}`;
}

/** Gathers the postings of consecutive events; without their ids, tasks and types themselves. */
export interface RunBuilder {
  readonly first: number;
  readonly length: number;
  add(event: Pick<AnyEvent, 'sequence' | 'eventId' | 'taskId' | 'eventType'>): void;
  /** Sequences of one key's hash, rising. Only now what was added is put in order. */
  find(kind: PostingKind, key: string): readonly number[];
  /** All buckets of the run that ends with the event added last. */
  buckets(): Generator<StoredBucket>;
}

export function createRunBuilder(first: number): RunBuilder {
  const lists = {
    id: createPostingBuffer(),
    task: createPostingBuffer(),
    type: createPostingBuffer(),
  };
  const found = {
    id: new Map<number, number[]>(),
    task: new Map<number, number[]>(),
    type: new Map<number, number[]>(),
  };
  const listed = { id: 0, task: 0, type: 0 };
  let last = first - 1;
  return {
    first,
    get length() {
      return last - first + 1;
    },
    find(kind, key) {
      const sequences = found[kind];
      for (; listed[kind] < lists[kind].length; listed[kind]++) {
        const posting = lists[kind].at(listed[kind]);
        const [hash, sequence] = [hashOf(posting), first + offsetOf(posting)];
        const list = sequences.get(hash);
        if (list) list.push(sequence);
        else sequences.set(hash, [sequence]);
      }
      return sequences.get(keyHash(key)) ?? [];
    },
    add({ sequence, eventId, taskId, eventType }) {
      last = sequence;
      lists.id.push(packPosting(eventId, sequence - first));
      lists.task.push(packPosting(taskId, sequence - first));
      lists.type.push(packPosting(eventType, sequence - first));
    },
    *buckets() {
      const run = { first, last };
      for (const kind of postingKinds) {
        yield* bucketsOf(run, kind, lists[kind].sorted(), 0, bucketCount(run));
      }
    },
  };
}

/** The buckets `from` … `to - 1`, of sorted postings that fall into just those. */
export function* bucketsOf(
  run: Run,
  kind: PostingKind,
  sorted: PostingList,
  from: number,
  to: number,
): Generator<StoredBucket> {
  const count = bucketCount(run);
  let begin = 0;
  for (let bucket = from; bucket < to; bucket++) {
    const bound = bucketStart(bucket + 1, count);
    let end = begin;
    while (end < sorted.length && (sorted[end] ?? 0) < bound) end++;
    const key = bucketKey(run, kind, bucket);
    yield [key, encodeBucket(key, sorted.subarray(begin, end))];
    begin = end;
  }
}
