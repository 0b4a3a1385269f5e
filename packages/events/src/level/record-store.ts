import type { AnyEvent } from '../event.ts';
import { type EventOutline, outlineOf } from '../event-outline.ts';
import type { Direction } from '../store/event-log.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import { eventKey, eventKeys, sequenceOfKey } from './keys.ts';
import type { LevelDatabase } from './level-database.ts';
import type { Directory } from './sealed/directory.ts';
import { openSealedRecords } from './sealed/sealed-records.ts';
import { checkLink, decodeRecord, type StoredRecord } from './stored-record.ts';

/**
 * The records of the log: older ones sealed in windows, the newest one by one.
 *
 * Both have no gaps, so that a missing one shows. While records are being sealed, and after it, they are
 * found in either place. Ranges are inclusive; what is given of one is its first records, or its last with
 * `backward`, rising, as many as fit into a page, at least one.
 */
export interface RecordStore {
  readRange(from: number, to: number): Promise<readonly StoredRecord[]>;
  /** As `readRange`, without what only a check needs: quicker where records are sealed. */
  readEvents(from: number, to: number, direction: Direction): Promise<readonly AnyEvent[]>;
  readOutlines(from: number, to: number, direction: Direction): Promise<readonly EventOutline[]>;
  /**
   * The events of these sequences, in this order, or the first of them that fit into memory well.
   *
   * @param taskId of all of them, where it is known: quicker where they are sealed
   */
  readEventsAt(sequences: readonly number[], taskId?: string): Promise<readonly AnyEvent[]>;
  readOne(sequence: number, taskId?: string): Promise<StoredRecord>;
  /** Sequence of the last record that there is; 0: none. */
  last(): Promise<number>;
  /** All up to here is in windows. */
  sealedUpTo(): number;
  /** Says that a batch moves the records of a window into it; resolves or rejects with it. */
  sealing(window: Directory, written: Promise<void>): Promise<void>;
}

const pageBytes = 4 * 1_048_576;
const pageRecords = 1_000;

export async function openRecordStore(database: LevelDatabase): Promise<RecordStore> {
  const sealed = await openSealedRecords(database);
  let moving: Promise<void> | null = null;

  async function readTail(
    from: number,
    to: number,
    direction: Direction,
  ): Promise<readonly StoredRecord[]> {
    const reverse = direction === 'backward';
    const wanted = Math.min(pageRecords, to - from + 1);
    const values = await database.read(async (db) => {
      const range = { gte: eventKey(from), lte: eventKey(to), reverse };
      const iterator = db.values({ ...range, highWaterMarkBytes: pageBytes });
      try {
        return await iterator.nextv(wanted);
      } finally {
        await iterator.close();
      }
    }, from);
    const start = reverse ? to : from;
    if (values.length === 0) throw new IntegrityError({ sequence: start, reason: 'is missing' });
    const step = reverse ? -1 : 1;
    const records = values.map((value, i) => decodeRecord(value, start + i * step));
    return reverse ? records.reverse() : records;
  }

  /** Runs a read again when the records were sealed under it. */
  async function stable<T>(reading: () => Promise<T>): Promise<T> {
    for (;;) {
      const before = sealed.upTo();
      try {
        return await reading();
      } catch (error) {
        await moving?.catch(() => undefined);
        if (before === sealed.upTo()) throw error;
      }
    }
  }

  /** Reads that part of a range, sealed or not, which comes first in the direction. */
  function readPart<T>(
    [from, to]: readonly [number, number],
    direction: Direction,
    readSealed: (from: number, to: number) => Promise<readonly T[]>,
    ofRecord: (record: StoredRecord) => T,
  ): Promise<readonly T[]> {
    return stable(async () => {
      const upTo = sealed.upTo();
      if ((direction === 'forward' ? from : to) <= upTo) {
        return readSealed(from, Math.min(to, upTo));
      }
      const records = await readTail(Math.max(from, upTo + 1), to, direction);
      return records.map(ofRecord);
    });
  }

  async function readTailAt(sequences: readonly number[]): Promise<readonly AnyEvent[]> {
    // Large events show in the first few already.
    const events: AnyEvent[] = [];
    let length = 0;
    for (let step = 16; events.length < sequences.length && length < pageBytes; step = 256) {
      const some = sequences.slice(events.length, events.length + step);
      const values = await database.read((db) => db.getMany(some.map(eventKey)), some[0]);
      for (const [i, sequence] of some.entries()) {
        const { event, text } = decodeRecord(values[i], sequence);
        events.push(event);
        length += text.length;
      }
    }
    return events;
  }

  return {
    readRange: (from, to) =>
      readPart(
        [from, to],
        'forward',
        (first, last) => sealed.readRecords(first, last),
        (record) => record,
      ),
    readEvents: (from, to, direction) =>
      readPart(
        [from, to],
        direction,
        (first, last) => sealed.readEvents(first, last, direction),
        ({ event }) => event,
      ),
    readOutlines: (from, to, direction) =>
      readPart(
        [from, to],
        direction,
        (first, last) => sealed.readOutlines(first, last, direction),
        ({ event }) => outlineOf(event),
      ),
    readEventsAt: (sequences, taskId) =>
      stable(async () => {
        const upTo = sealed.upTo();
        const read = (some: readonly number[]) =>
          (some[0] ?? 0) <= upTo ? sealed.readEventsAt(some, taskId) : readTailAt(some);
        const other = sequences.findIndex((one) => one <= upTo !== (sequences[0] ?? 0) <= upTo);
        if (other === -1) return read(sequences);
        const [first, rest] = await Promise.all([
          read(sequences.slice(0, other)),
          read(sequences.slice(other)),
        ]);
        return first.length === other ? [...first, ...rest] : first;
      }),
    readOne: (sequence, taskId) =>
      stable(async () => {
        if (sequence <= sealed.upTo()) return sealed.readRecord(sequence, taskId);
        const value = await database.read((db) => db.get(eventKey(sequence)), sequence);
        return decodeRecord(value, sequence);
      }),
    async last() {
      const [key] = await database.read((db) =>
        db.keys({ ...eventKeys, reverse: true, limit: 1 }).all(),
      );
      return Math.max(sealed.upTo(), key === undefined ? 0 : sequenceOfKey(key));
    },
    sealedUpTo: () => sealed.upTo(),
    async sealing(window, written) {
      moving = written.then(() => sealed.add(window));
      try {
        await moving;
      } finally {
        moving = null;
      }
    },
  };
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
