import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AnyEvent } from '../../src/event.ts';
import { isIntact } from '../../src/level/checksum.ts';
import { type LevelDatabase, openLevelDatabase } from '../../src/level/level-database.ts';
import { encodeBucket, openBucket, visitPostings } from '../../src/level/postings/bucket.ts';
import { keyHash } from '../../src/level/postings/key-hash.ts';
import { openPostingIndex } from '../../src/level/postings/posting-index.ts';
import {
  bucketOf,
  bucketStart,
  hashOf,
  packPosting,
} from '../../src/level/postings/posting-list.ts';
import { temporaryFolder } from './temporary-folder.ts';

function event(sequence: number): AnyEvent {
  return {
    sequence,
    version: 1,
    eventId: `id-${sequence}`,
    taskId: `task-${(sequence * 7) % 13}`,
    eventType: `type-${sequence % 3}`,
    timestamp: '',
    codeVersion: 0,
    codeHash: null,
    vectorClock: {},
    causationId: null,
    correlationId: null,
    schemaVersion: 1,
    data: {},
  };
}

describe('a bucket', () => {
  const postings = fc
    .array(fc.record({ key: fc.integer({ min: 0, max: 30 }), offset: fc.nat(2 ** 21 - 1) }))
    .map((pairs) => {
      const unique = new Set(pairs.map(({ key, offset }) => packPosting(`key ${key}`, offset)));
      return Float64Array.from(unique).sort();
    });

  it('gives back what was put in, whole and by key', () => {
    fc.assert(
      fc.property(postings, (sorted) => {
        const bucket = encodeBucket('b', sorted);
        expect(isIntact('b', bucket)).toBe(true);
        const visited: number[] = [];
        visitPostings(bucket, (posting) => visited.push(posting));
        expect(visited).toEqual([...sorted]);
        const opened = openBucket(bucket);
        for (let key = 0; key <= 31; key++) {
          const hash = keyHash(`key ${key}`);
          const expected = [...sorted]
            .filter((one) => hashOf(one) === hash)
            .map((one) => one % 2 ** 21);
          expect(opened.find(hash)).toEqual(expected);
        }
      }),
    );
  });

  it('is not intact under another key, nor with any bit changed', () => {
    const bucket = encodeBucket(
      'b',
      Float64Array.from([packPosting('x', 1), packPosting('x', 900)]).sort(),
    );
    expect(isIntact('c', bucket)).toBe(false);
    for (let bit = 0; bit < bucket.length * 8; bit++) {
      const flipped = Uint8Array.from(bucket);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isIntact('b', flipped)).toBe(false);
    }
  });

  it('boundaries agree with what falls into a bucket', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.integer({ min: 1, max: 4_096 }), (hash, buckets) => {
        const bucket = bucketOf(hash, buckets);
        const posting = hash * 2 ** 21;
        expect(posting).toBeGreaterThanOrEqual(bucketStart(bucket, buckets));
        expect(posting).toBeLessThan(bucketStart(bucket + 1, buckets));
      }),
    );
  });
});

describe('the index of the log', () => {
  const total = 1_000;

  async function opened() {
    const database = await openLevelDatabase(await temporaryFolder());
    onTestFinished(() => database.close());
    return { database, index: await openPostingIndex(database, { runLength: 16 }) };
  }

  it('finds every event by id, task and type, whatever is in memory, in runs or being merged', async () => {
    const { index } = await opened();
    const added: AnyEvent[] = [];
    for (let sequence = 1; sequence <= total; sequence++) {
      index.add(event(sequence));
      added.push(event(sequence));
      if (sequence % 37 === 0) await index.settle();
      if (sequence % 61 !== 0) continue;
      const after = sequence % 50;
      const until = sequence - (sequence % 20);
      for (const direction of ['forward', 'backward'] as const) {
        for (const limit of [1, 5, Number.POSITIVE_INFINITY]) {
          const inRange = added.filter((one) => one.sequence > after && one.sequence <= until);
          const ordered = direction === 'forward' ? inRange : inRange.toReversed();
          const range = { after, until, direction, limit };
          const ofTask = ordered.filter(({ taskId }) => taskId === 'task-3').slice(0, limit);
          expect(await index.findSequences({ kind: 'task', key: 'task-3', ...range })).toEqual(
            ofTask.map((one) => one.sequence),
          );
          const ofType = ordered.filter(({ eventType }) => eventType === 'type-1').slice(0, limit);
          expect(await index.findSequences({ kind: 'type', key: 'type-1', ...range })).toEqual(
            ofType.map((one) => one.sequence),
          );
        }
      }
    }
    await index.settle();
    expect(index.failure()).toBeNull();
    for (const { sequence, eventId } of added) {
      expect(await all(index.candidates('id', eventId))).toEqual([sequence]);
    }
    expect(await all(index.candidates('id', 'unknown'))).toEqual([]);
    expect((await all(index.candidates('task', 'task-3')))[0]).toBe(
      added.findLast(({ taskId }) => taskId === 'task-3')?.sequence,
    );
  });

  it('goes on to the runs on disk when only the hash of what memory has is the same', async () => {
    const { index } = await opened();
    const [one, other] = sameHash();
    for (let sequence = 1; sequence <= 16; sequence++) index.add(event(sequence));
    index.add({ ...event(17), taskId: one });
    for (let sequence = 18; sequence <= 32; sequence++) index.add(event(sequence));
    await index.settle();
    index.add({ ...event(33), taskId: other });
    expect(await all(index.candidates('task', one))).toEqual([33, 17]);
    expect(await all(index.candidates('task', other))).toEqual([33, 17]);
  });

  it('asks the database once for what it has already looked at', async () => {
    const { database } = await opened();
    let reads = 0;
    const counting: LevelDatabase = {
      ...database,
      read(reading, sequence) {
        reads += 1;
        return database.read(reading, sequence);
      },
    };
    const index = await openPostingIndex(counting, { runLength: 16 });
    for (let sequence = 1; sequence <= 32; sequence++) {
      index.add(event(sequence));
      await index.settle();
    }
    const first = await all(index.candidates('task', 'task-3'));
    const before = reads;
    expect(await all(index.candidates('task', 'task-3'))).toEqual(first);
    expect(first).not.toEqual([]);
    expect(reads).toBe(before);
  });

  it('has few runs, however many events, and they cover them without gap', async () => {
    const { index, database } = await opened();
    for (let sequence = 1; sequence <= 5_000; sequence++) {
      index.add(event(sequence));
      if (sequence % 16 === 0) await index.settle();
    }
    await index.settle();
    const runs = index.runs();
    expect(runs.length).toBeLessThanOrEqual(15);
    expect(runs[0]?.first).toBe(1);
    for (const [i, run] of runs.entries()) expect(run.first).toBe((runs[i - 1]?.last ?? 0) + 1);
    // What runs were merged is gone.
    const keys = await database.read((db) => db.keys({ gte: 'b', lt: 'c' }).all());
    const named = new Set(keys.map((key) => key.split('-', 2).join('-')));
    expect(named.size).toBe(runs.length);
  });

  it('leaves less than a run to be indexed anew, however quickly the events came', async () => {
    const { index } = await opened();
    for (let sequence = 1; sequence <= total; sequence++) index.add(event(sequence));
    await index.settle();
    expect(index.indexed()).toBeGreaterThan(total - 16);
  });

  it('goes on behind its runs after a reopening', async () => {
    const { index, database } = await opened();
    for (let sequence = 1; sequence <= 100; sequence++) {
      index.add(event(sequence));
      await index.settle();
    }
    await database.reopen();
    const again = await openPostingIndex(database, { runLength: 16 });
    expect(again.indexed()).toBe(index.indexed());
    for (let sequence = again.indexed() + 1; sequence <= 100; sequence++)
      again.add(event(sequence));
    expect(await all(again.candidates('id', 'id-1'))).toEqual([1]);
    expect(await all(again.candidates('id', 'id-100'))).toEqual([100]);
  });
});

async function all(candidates: AsyncIterable<readonly number[]>): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const some of candidates) found.push(...some);
  return found;
}

/** Two task ids of one hash: among 200 000 there are some, as of birthdays. */
function sameHash(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0; i < 200_000; i++) {
    const id = `${Math.imul(i, 0x9e3779b1)}-twin-${Math.imul(i, 0x85ebca6b)}`;
    const before = seen.get(keyHash(id));
    if (before !== undefined) return [before, id];
    seen.set(keyHash(id), id);
  }
  throw new Error('no two of one hash');
}
