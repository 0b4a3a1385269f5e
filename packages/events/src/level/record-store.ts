import type { AnyEvent } from '../event.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import {
  eventKey,
  eventKeys,
  numberOfSegmentKey,
  segmentKey,
  segmentKeys,
  sequenceOfKey,
} from './keys.ts';
import type { LevelDatabase } from './level-database.ts';
import { openSegment, type Segment, segmentLength, segmentNumber } from './segments/segment.ts';
import { checkLink, decodeRecord, type StoredRecord } from './stored-record.ts';

/**
 * The records of the log: older ones sealed in segments, the newest one by one.
 *
 * Both kinds have keys without gaps, so that a missing one shows. While records are being sealed, and
 * after it, they are found in either place.
 */
export interface RecordStore {
  /** The records `from` … `to`, or the first of them that fit into a page; at least one. */
  readRange(from: number, to: number): Promise<StoredRecord[]>;
  /** As `readRange`, without what only a check needs: quicker where records are sealed. */
  readEvents(from: number, to: number): Promise<readonly AnyEvent[]>;
  /** The events of these sequences, in this order, or the first of them that fit into memory well. */
  readEventsAt(sequences: readonly number[]): Promise<AnyEvent[]>;
  readOne(sequence: number): Promise<StoredRecord>;
  /** Sequence of the last record that there is; 0: none. */
  last(): Promise<number>;
  /** All up to here is in segments. */
  sealedUpTo(): number;
  /** Says that a batch moves the records up to `sequence` into segments; resolves or rejects with it. */
  sealing(sequence: number, written: Promise<void>): Promise<void>;
}

const pageBytes = 4 * 1_048_576;
const segmentsPerRead = 32;
const mostOpenedBytes = 16 * 1_048_576;

export async function openRecordStore(database: LevelDatabase): Promise<RecordStore> {
  let sealed = await sealedIn(database);
  let moving: Promise<void> | null = null;

  async function readSegment(number: number): Promise<Segment> {
    const first = number * segmentLength + 1;
    const value = await database.read(
      (db) => db.get<string, Uint8Array>(segmentKey(number), { valueEncoding: 'view' }),
      first,
    );
    return openSegment(number, value);
  }

  async function readTail(from: number, to: number): Promise<StoredRecord[]> {
    const values = await database.read(async (db) => {
      const range = { gte: eventKey(from), lte: eventKey(to), highWaterMarkBytes: pageBytes };
      const iterator = db.values(range);
      try {
        return await iterator.nextv(to - from + 1);
      } finally {
        await iterator.close();
      }
    }, from);
    if (values.length === 0) throw new IntegrityError({ sequence: from, reason: 'is missing' });
    return values.map((value, i) => decodeRecord(value, from + i));
  }

  /** Runs a read again when the records were sealed under it. */
  async function stable<T>(reading: () => Promise<T>): Promise<T> {
    for (;;) {
      const before = sealed;
      try {
        return await reading();
      } catch (error) {
        await moving?.catch(() => undefined);
        if (before === sealed) throw error;
      }
    }
  }

  async function readRange(from: number, to: number): Promise<StoredRecord[]> {
    if (from > sealed) return readTail(from, to);
    const segment = await readSegment(segmentNumber(from));
    const records: StoredRecord[] = [];
    const last = Math.min(to, segment.first + segment.count - 1);
    for (let sequence = from; sequence <= last; sequence++) records.push(segment.record(sequence));
    return records;
  }

  async function readEvents(from: number, to: number): Promise<readonly AnyEvent[]> {
    if (from > sealed) return (await readTail(from, to)).map(eventOf);
    const last = Math.min(to, sealed, from + segmentsPerRead * segmentLength - 1);
    const numbers: number[] = [];
    for (let number = segmentNumber(from); number <= segmentNumber(last); number++)
      numbers.push(number);
    const values = await database.read(
      (db) => db.getMany<string, Uint8Array>(numbers.map(segmentKey), { valueEncoding: 'view' }),
      from,
    );
    const events: AnyEvent[] = [];
    let bytes = 0;
    for (const [i, number] of numbers.entries()) {
      const value = values[i];
      const segment = openSegment(number, value);
      const first = Math.max(from, segment.first);
      for (const event of segment.events(first, Math.min(last, segment.first + segment.count - 1)))
        events.push(event);
      bytes += value?.length ?? 0;
      if (bytes > pageBytes) break;
    }
    return events;
  }

  /** Opened segments, the least recently used first. They never change. */
  const opened = new Map<number, Segment>();
  let openedBytes = 0;

  async function segmentsOf(sequences: readonly number[]): Promise<ReadonlyMap<number, Segment>> {
    const numbers = new Set(sequences.map(segmentNumber));
    const missing = [...numbers].filter((number) => !opened.has(number));
    const places = new Map(missing.map((number, at) => [number, at]));
    const values = await database.read(
      (db) => db.getMany<string, Uint8Array>(missing.map(segmentKey), { valueEncoding: 'view' }),
      sequences[0],
    );
    const found = new Map<number, Segment>();
    for (const number of numbers) {
      const at = places.get(number) ?? -1;
      const segment = opened.get(number) ?? openSegment(number, values[at]);
      found.set(number, segment);
      if (!opened.delete(number)) openedBytes += segment.byteLength;
      opened.set(number, segment);
    }
    for (const [number, segment] of opened) {
      if (openedBytes <= mostOpenedBytes) break;
      opened.delete(number);
      openedBytes -= segment.byteLength;
    }
    return found;
  }

  async function readTailAt(
    sequences: readonly number[],
  ): Promise<ReadonlyMap<number, StoredRecord>> {
    const values = await database.read((db) => db.getMany(sequences.map(eventKey)), sequences[0]);
    return new Map(sequences.map((sequence, i) => [sequence, decodeRecord(values[i], sequence)]));
  }

  async function readEventsAt(sequences: readonly number[]): Promise<AnyEvent[]> {
    const events: AnyEvent[] = [];
    let length = 0;
    // Large events show in the first few already.
    for (let step = 16; events.length < sequences.length && length < pageBytes; step = 256) {
      const some = sequences.slice(events.length, events.length + step);
      const old = some.filter((sequence) => sequence <= sealed);
      const young = some.filter((sequence) => sequence > sealed);
      const segments = await segmentsOf(old);
      const tail = await readTailAt(young);
      for (const sequence of some) {
        const event =
          tail.get(sequence)?.event ??
          segments.get(segmentNumber(sequence))?.events(sequence, sequence)[0];
        if (event === undefined) throw new IntegrityError({ sequence, reason: 'is missing' });
        events.push(event);
      }
      for (const segment of segments.values()) length += segment.byteLength / segmentLength;
      for (const { text } of tail.values()) length += text.length;
    }
    return events;
  }

  return {
    readRange: (from, to) => stable(() => readRange(from, to)),
    readEvents: (from, to) => stable(() => readEvents(from, to)),
    readEventsAt: (sequences) => stable(() => readEventsAt(sequences)),
    readOne: (sequence) =>
      stable(async () => {
        if (sequence <= sealed)
          return (await readSegment(segmentNumber(sequence))).record(sequence);
        const value = await database.read((db) => db.get(eventKey(sequence)), sequence);
        return decodeRecord(value, sequence);
      }),
    async last() {
      const [key] = await database.read((db) =>
        db.keys({ ...eventKeys, reverse: true, limit: 1 }).all(),
      );
      return Math.max(sealed, key === undefined ? 0 : sequenceOfKey(key));
    },
    sealedUpTo: () => sealed,
    async sealing(upTo, written) {
      moving = written.then(() => {
        sealed = upTo;
      });
      try {
        await moving;
      } finally {
        moving = null;
      }
    },
  };
}

async function sealedIn(database: LevelDatabase): Promise<number> {
  const last = { ...segmentKeys, reverse: true, limit: 1 };
  const [key] = await database.read((db) => db.keys(last).all());
  return key === undefined ? 0 : (numberOfSegmentKey(key) + 1) * segmentLength;
}

function eventOf({ event }: StoredRecord): AnyEvent {
  return event;
}

/** Records with their hashes checked against the chain, from `from` to `to`. */
export async function* readChained(
  records: RecordStore,
  from: number,
  to: number,
): AsyncGenerator<readonly StoredRecord[]> {
  let previous = from === 1 ? emptyLogHash : (await records.readOne(from - 1)).hash;
  for (let next = from; next <= to; ) {
    const page = await records.readRange(next, to);
    for (const record of page) {
      checkLink(previous, record);
      previous = record.hash;
    }
    next += page.length;
    yield page;
  }
}
