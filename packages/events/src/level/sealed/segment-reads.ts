import type { AnyEvent } from '../../event.ts';
import { IntegrityError } from '../../store-errors.ts';
import { segmentKey } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';
import { keyHash } from '../postings/key-hash.ts';
import { createRowCache } from '../row-cache.ts';
import type { StoredRecord } from '../stored-record.ts';
import type { Outlines } from './outlines.ts';
import type { Segment } from './segment.ts';
import { openSegmentOf } from './window-reads.ts';
import type { Window, Windows } from './windows.ts';

/** Reads single events, wherever they are: no more than the segments that they are in. */
export interface SegmentReads {
  /**
   * The first of these events, in this order: as many as fit into memory well, at least one.
   *
   * @param taskId of all of them, where it is known: it takes no look at the outlines then
   */
  events(sequences: readonly number[], taskId?: string): Promise<readonly AnyEvent[]>;
  records(sequences: readonly number[], taskId?: string): Promise<readonly StoredRecord[]>;
}

export interface SegmentReadsOptions {
  readonly database: LevelDatabase;
  readonly windows: Windows;
  readonly outlinesOf: (window: Window) => Promise<Outlines>;
}

const mostCachedBytes = 8 * 1_048_576;
const mostBytesAtOnce = 4 * 1_048_576;

/** A segment, and which of its events are wanted. */
interface Wanted {
  readonly window: Window;
  readonly number: number;
  readonly sequences: number[];
}

/** Reads some of a segment's records, in one form or another. */
type Reading<T> = (segment: Segment, from: number, to: number) => readonly T[];
const asEvents: Reading<AnyEvent> = (segment, from, to) => segment.events(from, to);
const asRecords: Reading<StoredRecord> = (segment, from, to) => segment.records(from, to);

export function createSegmentReads({
  database,
  windows,
  outlinesOf,
}: SegmentReadsOptions): SegmentReads {
  const cache = createRowCache<Segment>(mostCachedBytes);

  /** Which segments the first of these events are in, up to what may be read at once. */
  async function placesOf(sequences: readonly number[], taskId?: string): Promise<Wanted[]> {
    const hash = taskId === undefined ? 0 : keyHash(taskId);
    const wanted = new Map<string, Wanted>();
    await windows.load(Math.min(...sequences));
    let window: Window | undefined;
    let numberOf: (sequence: number) => number = () => 0;
    let bytes = 0;
    for (const sequence of sequences) {
      if (window === undefined || sequence < window.first || sequence > window.last) {
        window = windows.holding(sequence);
        if (taskId === undefined) {
          const row = await outlinesOf(window);
          numberOf = (one) => row.segmentOf(one);
        } else {
          const directory = window.directory();
          numberOf = (one) => directory.segmentOf(hash, one);
        }
      }
      const number = numberOf(sequence);
      const key = segmentKey(window.last, number);
      const known = wanted.get(key);
      if (known) {
        known.sequences.push(sequence);
        continue;
      }
      bytes += window.directory().entry(number).byteLength;
      if (bytes > mostBytesAtOnce && wanted.size > 0) break;
      wanted.set(key, { window, number, sequences: [sequence] });
    }
    return [...wanted.values()];
  }

  /** Segments in which events are wanted, in the order given. */
  async function segmentsAt(wanted: readonly Wanted[]): Promise<Segment[]> {
    const keys = wanted.map(({ window, number }) => segmentKey(window.last, number));
    const known = keys.map((key) => cache.get(key));
    const missing = keys.filter((_, i) => known[i] === undefined);
    const values =
      missing.length === 0
        ? []
        : await database.read(
            (db) => db.getMany<string, Uint8Array>(missing, { valueEncoding: 'view' }),
            wanted[0]?.sequences[0],
          );
    let next = 0;
    return wanted.map(({ window, number }, i) => {
      const cached = known[i];
      if (cached) return cached;
      const segment = openSegmentOf(window, number, values[next++]);
      cache.set(keys[i] ?? '', segment);
      return segment;
    });
  }

  async function read<T>(
    sequences: readonly number[],
    taskId: string | undefined,
    reading: Reading<T>,
  ): Promise<readonly T[]> {
    const places = await placesOf(sequences, taskId);
    const opened = await segmentsAt(places);
    const found = new Map<number, T>();
    for (const [i, { sequences: some }] of places.entries()) {
      const segment = opened[i];
      if (segment) readSome(segment, some, reading, found);
    }
    const end = sequences.findIndex((sequence) => !found.has(sequence));
    return sequences.slice(0, end === -1 ? undefined : end).flatMap((one) => found.get(one) ?? []);
  }

  return {
    events: (sequences, taskId) => read(sequences, taskId, asEvents),
    records: (sequences, taskId) => read(sequences, taskId, asRecords),
  };
}

/** Reads the wanted events of a segment into `found`, neighbours at once. */
function readSome<T>(
  segment: Segment,
  sequences: readonly number[],
  reading: Reading<T>,
  found: Map<number, T>,
): void {
  const slots = sequences.map((sequence) => {
    const slot = segment.slotOf(sequence);
    return slot === -1 ? missing(sequence) : slot;
  });
  slots.sort((one, other) => one - other);
  for (let i = 0; i < slots.length; ) {
    const from = slots[i] ?? 0;
    let to = from;
    for (i += 1; slots[i] === to + 1; i++) to += 1;
    for (const [at, item] of reading(segment, from, to).entries()) {
      found.set(segment.sequenceAt(from + at), item);
    }
  }
}

export function missing(sequence: number): never {
  throw new IntegrityError({ sequence, reason: 'is missing' });
}
