import type { AnyEvent } from '../../event.ts';
import type { IndexQuery } from '../../store/event-log.ts';
import { countUpTo } from '../../store/sequence-index.ts';
import { IntegrityError } from '../../store-errors.ts';
import { isIntact } from '../checksum.ts';
import type { LevelDatabase } from '../level-database.ts';
import { createRowCache } from '../row-cache.ts';
import { type OpenedBucket, openBucket } from './bucket.ts';
import { keyHash } from './key-hash.ts';
import { mergeRuns, ripeRuns } from './merge-runs.ts';
import { bucketOf } from './posting-list.ts';
import {
  bucketCount,
  bucketKey,
  createRunBuilder,
  type PostingKind,
  postingKinds,
  type Run,
  type RunBuilder,
} from './run.ts';
import { readManifest, writeManifest } from './run-manifest.ts';

/*
 * Where events are, by id, task and type: derived from the log, behind it, and caught up on open.
 *
 * The newest events are indexed in memory; whenever there are 4 096 of them they become a run on disk,
 * and four runs of one size become one of the next: a lookup asks few runs, however long the log.
 * Invariants:
 * P1  The manifest's runs cover 1 … n without gap or overlap; memory covers n + 1 … head.
 * P2  Every bucket of a run is stored, empty ones too, with a checksum over key and content. So "not
 *     found" is as certain as "found": LevelDB cannot lose an entry without an IntegrityError.
 * P3  Runs are written before the manifest that names them, and deleted with the one that no longer does.
 * P4  What is found by hash is a candidate: whoever reads the event checks its id, task or type.
 */
export interface PostingIndex {
  /** The newest event that runs on disk cover. */
  readonly indexed: () => number;
  /** Takes in the next event. */
  add(event: AnyEvent): void;
  /** Candidates, newest first: those in memory, and then, for those who go on, those on disk. */
  candidates(kind: PostingKind, key: string): AsyncIterable<readonly number[]>;
  /** Candidates in the range and order asked for. */
  findSequences(query: IndexQuery): Promise<readonly number[]>;
  /** Runs of the manifest, oldest first. */
  runs(): readonly Run[];
  /** Why background work stopped; null: it did not. */
  readonly failure: () => unknown;
  /** Waits for background work, whatever becomes of it. */
  settle(): Promise<void>;
}

/** Those of the tasks of a million events: reading a task then takes one trip through LevelDB, not two. */
const mostCachedBytes = 4 * 1_048_576;

export interface PostingIndexOptions {
  /** Events that make a run. @default 4_096 */
  readonly runLength?: number;
}

export async function openPostingIndex(
  database: LevelDatabase,
  { runLength = 4_096 }: PostingIndexOptions = {},
): Promise<PostingIndex> {
  /** Intact buckets that lookups asked for; what is stored under a key never changes. */
  const cache = createRowCache<OpenedBucket>(mostCachedBytes);
  let runs = await readManifest(database);
  let tail = createRunBuilder(indexed() + 1);
  let flushing: RunBuilder | null = null;
  let background: Promise<void> = Promise.resolve();
  let busy = false;
  let failure: unknown = null;

  function indexed(): number {
    return runs.at(-1)?.last ?? 0;
  }

  function add(event: AnyEvent): void {
    tail.add(event);
    if (tail.length < runLength || busy || failure !== null) return;
    busy = true; // one flush or merge at a time; memory takes what comes meanwhile
    background = moveToDisk()
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        busy = false;
      });
  }

  async function moveToDisk(): Promise<void> {
    while (tail.length >= runLength) {
      await flush();
      await mergeRipe();
    }
  }

  async function flush(): Promise<void> {
    const run = { first: tail.first, last: tail.first + tail.length - 1 };
    flushing = tail;
    tail = createRunBuilder(run.last + 1);
    const batch = database.batch();
    for (const [key, value] of flushing.buckets()) {
      batch.put(key, value, { valueEncoding: 'view' });
    }
    const withRun = [...runs, run];
    writeManifest(batch, withRun);
    await batch.write();
    runs = withRun;
    flushing = null;
  }

  async function mergeRipe(): Promise<void> {
    for (let ripe = ripeRuns(runs, runLength); ripe.length > 0; ripe = ripeRuns(runs, runLength)) {
      const merged = { first: ripe[0]?.first ?? 0, last: ripe.at(-1)?.last ?? 0 };
      for await (const buckets of mergeRuns(ripe, merged, (keys) => readBuckets(keys, merged))) {
        const batch = database.batch();
        for (const [key, value] of buckets) batch.put(key, value, { valueEncoding: 'view' });
        await batch.write();
      }
      const batch = database.batch();
      for (const run of ripe) for (const key of allKeys(run)) batch.del(key);
      const withMerged = [...runs.filter((run) => !ripe.includes(run)), merged];
      writeManifest(batch, withMerged);
      // From here on lookups ask the merged run; one that is under way and misses a bucket asks again.
      runs = withMerged;
      await batch.write();
    }
  }

  async function readBuckets(keys: readonly string[], run: Run): Promise<Uint8Array[]> {
    const values = await database.read((db) =>
      db.getMany<string, Uint8Array>([...keys], { valueEncoding: 'view' }),
    );
    return keys.map((key, i) => {
      const bucket = values[i];
      if (bucket && isIntact(key, bucket)) return bucket;
      const state = bucket ? 'damaged' : 'missing';
      throw new IntegrityError({
        sequence: run.first,
        reason: `the index of events ${run.first} to ${run.last} is ${state}; repair builds it anew`,
      });
    });
  }

  /** Of each of these runs the sequences of one key, rising. */
  async function search(
    kind: PostingKind,
    key: string,
    chosen: readonly Run[],
  ): Promise<number[][]> {
    const hash = keyHash(key);
    const keys = chosen.map((run) => bucketKey(run, kind, bucketOf(hash, bucketCount(run))));
    const known = new Map(keys.map((one) => [one, cache.get(one)]));
    const missing = keys.filter((one) => known.get(one) === undefined);
    const read =
      missing.length === 0 ? [] : await readBuckets(missing, chosen[0] ?? { first: 0, last: 0 });
    for (const [i, bytes] of read.entries()) {
      const bucket = openBucket(bytes);
      known.set(missing[i] ?? '', bucket);
      cache.set(missing[i] ?? '', bucket);
    }
    return chosen.map(({ first }, i) => {
      const bucket = known.get(keys[i] ?? '');
      return bucket ? bucket.find(hash).map((offset) => first + offset) : [];
    });
  }

  /** Runs a lookup again when the runs were merged under it. */
  async function stable<T>(lookup: (current: readonly Run[]) => Promise<T>): Promise<T> {
    for (;;) {
      const current = runs;
      try {
        return await lookup(current);
      } catch (error) {
        if (current === runs) throw error;
      }
    }
  }

  /** What memory knows, oldest first. Taken in one turn with `runs`. */
  function inMemory(kind: PostingKind, key: string): readonly number[] {
    const young = tail.find(kind, key);
    if (!flushing || flushing.first <= indexed()) return young;
    return [...flushing.find(kind, key), ...young];
  }

  return {
    indexed,
    add,
    async *candidates(kind, key) {
      const memory = inMemory(kind, key);
      if (memory.length > 0) yield memory.toReversed();
      // What was in memory may be on disk by now: then it comes once more.
      yield (await stable((current) => search(kind, key, current))).flat().reverse();
    },
    findSequences: (query) =>
      stable(async (current) => {
        const { kind, key, after, until, direction, limit } = query;
        const inOrder = inMemory(kind, key);
        const memory = inOrder.slice(countUpTo(inOrder, after), countUpTo(inOrder, until));
        const overlapping = current.filter(({ first, last }) => last > after && first <= until);
        const order = direction === 'forward' ? overlapping : overlapping.toReversed();
        const found: number[] = direction === 'forward' ? [] : memory.toReversed();
        // A task has few events, so all runs are asked at once; of a type one run may have more than enough.
        const atOnce = kind === 'task' ? [order] : order.map((run) => [run]);
        for (const some of atOnce) {
          if (found.length >= limit) break;
          for (const sequences of await search(kind, key, some)) {
            const inRange = sequences.filter((sequence) => sequence > after && sequence <= until);
            for (const sequence of direction === 'forward' ? inRange : inRange.reverse()) {
              found.push(sequence);
            }
          }
        }
        if (direction === 'forward' && found.length < limit) {
          for (const sequence of memory) found.push(sequence);
        }
        return found.slice(0, limit);
      }),
    runs: () => runs,
    failure: () => failure,
    settle: () => background,
  };
}

function* allKeys(run: Run): Generator<string> {
  for (const kind of postingKinds) {
    for (let bucket = 0; bucket < bucketCount(run); bucket++) yield bucketKey(run, kind, bucket);
  }
}
