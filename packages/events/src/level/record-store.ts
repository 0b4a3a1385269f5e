import type { AnyEvent } from '../event.ts';
import { type EventOutline, outlineOf } from '../event-outline.ts';
import type { Direction } from '../store/event-log.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import { readGroupList } from './group-list.ts';
import { groupKey, sequenceOfKey } from './keys.ts';
import type { LevelDatabase } from './level-database.ts';
import { openGroup, type RecordGroup } from './record-group.ts';
import type { Directory } from './sealed/directory.ts';
import { openSealedRecords } from './sealed/sealed-records.ts';
import { readEach, type SoundRecords } from './sound-records.ts';
import { checkLink, type StoredRecord } from './stored-record.ts';

/**
 * The records of the log: older ones sealed in windows, the newest in the groups in which they were committed.
 *
 * Both have no gaps, so that a missing one shows. While records are being sealed, and after it, they are
 * found in either place. Ranges are inclusive; what is given of one is its first records, or its last with
 * `backward`, rising, as many as fit into a page, at least one.
 */
export interface RecordStore {
  readRange(from: number, to: number): Promise<readonly StoredRecord[]>;
  /** As `readRange`, of a log that is damaged there: what can be read of a window or a page, and what is wrong with the rest. */
  readSound(from: number, to: number): Promise<SoundRecords>;
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
  last(): number;
  /** The first sequence from this one on of which there may be a record: a damaged log can have gaps of any length. */
  nextFrom(sequence: number): number;
  /** All up to here is in windows. */
  sealedUpTo(): number;
  /** Groups, each by its last sequence, were stored behind the others. */
  added(groups: readonly number[]): void;
  /** Keys of the groups that hold nothing behind this sequence: what is stored twice once it is sealed. */
  groupKeysUpTo(sequence: number): readonly string[];
  /** Says that a batch moves the records of a window into it; resolves or rejects with it. */
  sealing(window: Directory, written: Promise<void>): Promise<void>;
}

const pageBytes = 4 * 1_048_576;
const pageRecords = 1_000;

export async function openRecordStore(database: LevelDatabase): Promise<RecordStore> {
  const sealed = await openSealedRecords(database);
  const tail = await readGroupList(database, sealed.upTo());
  let moving: Promise<void> | null = null;

  async function readTail(
    [from, to]: readonly [number, number],
    direction: Direction,
  ): Promise<readonly StoredRecord[]> {
    const reverse = direction === 'backward';
    const begin = reverse ? Math.max(from, to - pageRecords + 1) : from;
    const end = reverse ? to : Math.min(to, from + pageRecords - 1);
    const wanted = tail.between(begin, end);
    const entries = await database.read(async (db) => {
      const range = { gte: groupKey(wanted[0] ?? 0), lte: groupKey(wanted.at(-1) ?? 0), reverse };
      const iterator = db.iterator({ ...range, highWaterMarkBytes: pageBytes });
      try {
        return await iterator.nextv(Math.max(1, wanted.length));
      } finally {
        await iterator.close();
      }
    }, from);
    const groups = reverse ? entries.reverse() : entries;
    const before = wanted[wanted.indexOf(sequenceOfKey(groups[0]?.[0] ?? '')) - 1] ?? 0;
    const records: StoredRecord[] = [];
    let next = reverse ? Math.max(begin, before + 1) : begin;
    for (const [key, value] of groups) {
      const group = openGroup(value);
      const last = Math.min(end, sequenceOfKey(key));
      for (; next <= last; next++) records.push(group.read(next));
    }
    const start = reverse ? to : from;
    if ((reverse ? records.at(-1) : records[0])?.event.sequence !== start) throw missing(start);
    return records;
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
      const records = await readTail([Math.max(from, upTo + 1), to], direction);
      return records.map(ofRecord);
    });
  }

  async function readTailAt(sequences: readonly number[]): Promise<readonly AnyEvent[]> {
    // Large events show in the first few already.
    const events: AnyEvent[] = [];
    let length = 0;
    for (let step = 16; events.length < sequences.length && length < pageBytes; step = 256) {
      const some = sequences.slice(events.length, events.length + step);
      const groups = await readGroups([...new Set(some.map(groupOf))]);
      for (const sequence of some) {
        const { event, text } = recordIn(groups.get(groupOf(sequence)), sequence);
        events.push(event);
        length += text.length;
      }
    }
    return events;
  }

  /** 0: there is none. */
  function groupOf(sequence: number): number {
    return tail.holding(sequence) ?? 0;
  }

  async function readGroups(groups: readonly number[]): Promise<ReadonlyMap<number, RecordGroup>> {
    const values = await database.read((db) => db.getMany(groups.map(groupKey)), groups[0]);
    const opened = new Map<number, RecordGroup>();
    for (const [i, group] of groups.entries()) {
      const value = values[i];
      if (value !== undefined) opened.set(group, openGroup(value));
    }
    return opened;
  }

  async function readTailOne(sequence: number): Promise<StoredRecord> {
    const group = groupOf(sequence);
    const value = await database.read((db) => db.get(groupKey(group)), sequence);
    return recordIn(value === undefined ? undefined : openGroup(value), sequence);
  }

  return {
    readRange: (from, to) =>
      readPart(
        [from, to],
        'forward',
        (first, last) => sealed.readRecords(first, last),
        (record) => record,
      ),
    readSound: (from, to) =>
      stable(() => {
        const upTo = sealed.upTo();
        if (from <= upTo) return sealed.readSound(from, Math.min(to, upTo));
        return readEach(from, Math.min(to, from + pageRecords - 1), readTailOne);
      }),
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
      stable(() =>
        sequence <= sealed.upTo() ? sealed.readRecord(sequence, taskId) : readTailOne(sequence),
      ),
    last: () => Math.max(sealed.upTo(), tail.last()),
    nextFrom: (sequence) => (sequence <= sealed.upTo() ? sequence : tail.nextFrom(sequence)),
    sealedUpTo: () => sealed.upTo(),
    added: (groups) => tail.add(groups),
    groupKeysUpTo: (sequence) => tail.upTo(sequence).map(groupKey),
    async sealing(window, written) {
      moving = written.then(() => {
        sealed.add(window);
        tail.drop(sealed.upTo());
      });
      try {
        await moving;
      } finally {
        moving = null;
      }
    },
  };
}

function recordIn(group: RecordGroup | undefined, sequence: number): StoredRecord {
  if (group === undefined) throw missing(sequence);
  return group.read(sequence);
}

function missing(sequence: number): IntegrityError {
  return new IntegrityError({ sequence, reason: 'is missing' });
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
