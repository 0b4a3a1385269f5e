import { setImmediate as turn } from 'node:timers/promises';
import type { AnyEvent } from '../../event.ts';
import type { EventOutline } from '../../event-outline.ts';
import type { Direction } from '../../store/event-log.ts';
import { IntegrityError } from '../../store-errors.ts';
import { outlinesKey, segmentKey, segmentKeysOf, windowKey } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';
import { keyHash } from '../postings/key-hash.ts';
import { createRowCache } from '../row-cache.ts';
import type { StoredRecord } from '../stored-record.ts';
import type { Directory } from './directory.ts';
import { createOpenedWindow, type OpenedWindow } from './opened-window.ts';
import { type Outlines, openOutlines } from './outlines.ts';
import { openSegment, type Segment } from './segment.ts';
import { openWindows, type Window } from './windows.ts';

/** The events that are sealed. Everything read is checked; nothing of it ever changes. */
export interface SealedRecords {
  /** All events up to here are sealed. */
  upTo(): number;
  /** Takes in the window behind the last. */
  add(directory: Directory): void;
  /** Of these sequences the first (`backward`: the last) that one page and one window have, rising. */
  readEvents(from: number, to: number, direction: Direction): Promise<readonly AnyEvent[]>;
  /** Of these sequences those in the window of the first. */
  readRecords(from: number, to: number): Promise<readonly StoredRecord[]>;
  readOutlines(from: number, to: number, direction: Direction): Promise<readonly EventOutline[]>;
  /** The first events of these sequences, in this order: as many as fit into memory well, at least one. */
  readEventsAt(sequences: readonly number[], taskId?: string): Promise<readonly AnyEvent[]>;
  readRecord(sequence: number, taskId?: string): Promise<StoredRecord>;
}

const mostCachedBytes = 8 * 1_048_576;
const mostBytesAtOnce = 4 * 1_048_576;
const pageLength = 512;
/** Where less than this part of a window is asked for, only the segments it is in are read. */
const smallPart = 1 / 8;
/** Segments decoded before others may run: about a millisecond. */
const segmentsPerTurn = 16;

/** Reads some of a segment's records, in one form or another. */
type Reading<T> = (segment: Segment, from: number, to: number) => readonly T[];
const asEvents: Reading<AnyEvent> = (segment, from, to) => segment.events(from, to);
const asRecords: Reading<StoredRecord> = (segment, from, to) => segment.records(from, to);

/** A segment, and which of its events are wanted. */
interface Wanted {
  readonly window: Window;
  readonly number: number;
  readonly sequences: number[];
}

export async function openSealedRecords(database: LevelDatabase): Promise<SealedRecords> {
  const windows = await openWindows(database);
  const segments = createRowCache<Segment>(mostCachedBytes);
  const outlines = createRowCache<Outlines>(mostCachedBytes / 4);
  const openedWindows = createRowCache<OpenedWindow>(mostCachedBytes);
  const opening = new Map<number, Promise<OpenedWindow>>();

  async function windowAt(sequence: number): Promise<Window> {
    await windows.load(sequence);
    return windows.holding(sequence);
  }

  async function outlinesOf(window: Window): Promise<Outlines> {
    const key = outlinesKey(window.last);
    const known = outlines.get(key);
    if (known) return known;
    const value = await database.read(
      (db) => db.get<string, Uint8Array>(key, { valueEncoding: 'view' }),
      window.first,
    );
    const opened = openOutlines(window, value);
    outlines.set(key, opened);
    return opened;
  }

  /** Segments in which events are wanted, in the order given. */
  async function segmentsAt(wanted: readonly Wanted[]): Promise<Segment[]> {
    const keys = wanted.map(({ window, number }) => segmentKey(window.last, number));
    const known = keys.map((key) => segments.get(key));
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
      const segment = open(window, number, values[next++]);
      segments.set(keys[i] ?? '', segment);
      return segment;
    });
  }

  async function readSegments(window: Window): Promise<Segment[]> {
    const range = { ...segmentKeysOf(window.last), highWaterMarkBytes: mostBytesAtOnce };
    const rows = await database.read(
      (db) => db.values<string, Uint8Array>({ ...range, valueEncoding: 'view' }).all(),
      window.first,
    );
    const opened: Segment[] = [];
    for (const [number, row] of rows.entries()) {
      if (number > 0 && number % segmentsPerTurn === 0) await turn();
      opened.push(open(window, number, row));
    }
    return opened;
  }

  /** Opens a window, or gives the one that is open or being opened already. */
  function openWindow(window: Window): Promise<OpenedWindow> {
    const known = opening.get(window.last);
    if (known) return known;
    const result = readSegments(window)
      .then((all) => {
        const opened = createOpenedWindow(window, all);
        openedWindows.set(windowKey(window.last), opened);
        return opened;
      })
      .finally(() => opening.delete(window.last));
    opening.set(window.last, result);
    return result;
  }

  async function readEvents(
    from: number,
    to: number,
    direction: Direction,
  ): Promise<readonly AnyEvent[]> {
    const window = await windowAt(direction === 'forward' ? from : to);
    const first = Math.max(from, window.first);
    const last = Math.min(to, window.last);
    let opened = openedWindows.get(windowKey(window.last));
    if (!opened) {
      const length = last - first + 1;
      if (length < (window.last - window.first + 1) * smallPart) {
        const sequences = Array.from({ length }, (_, i) => first + i);
        return readAt(sequences, await placesOf(sequences), asEvents);
      }
      opened = await openWindow(window);
    }
    if (direction === 'forward') {
      const end = Math.min(last, first + pageLength - 1);
      if (last < to && last - end < pageLength) openAhead(last + 1);
      return opened.events(first, end);
    }
    const begin = Math.max(first, last - pageLength + 1);
    if (first > from && begin - first < pageLength) openAhead(first - 1);
    return opened.events(begin, last);
  }

  /** A scan will soon be there. Should it fail, whoever reads that window is told. */
  function openAhead(sequence: number): void {
    if (sequence > windows.upTo()) return;
    windowAt(sequence)
      .then((window) => openedWindows.get(windowKey(window.last)) ?? openWindow(window))
      .catch(() => undefined);
  }

  async function readRecords(from: number, to: number): Promise<readonly StoredRecord[]> {
    const window = await windowAt(from);
    const records: StoredRecord[] = [];
    for (const segment of await readSegments(window)) {
      await turn();
      for (const record of segment.records(0, segment.count - 1)) {
        records[record.event.sequence - window.first] = record;
      }
    }
    const last = Math.min(to, window.last);
    for (let sequence = from; sequence <= last; sequence++) {
      if (records[sequence - window.first] === undefined) missing(sequence);
    }
    return records.slice(from - window.first, last - window.first + 1);
  }

  /**
   * Which segments the first of these events are in, up to what may be read at once; with the task it takes
   * no look at the outlines.
   */
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

  /** The events in these places, in the order of the sequences; of those that are in no place none. */
  async function readAt<T>(
    sequences: readonly number[],
    places: readonly Wanted[],
    reading: Reading<T>,
  ): Promise<readonly T[]> {
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
    upTo: () => windows.upTo(),
    add: (directory) => windows.add(directory),
    readEvents,
    readRecords,
    async readOutlines(from, to, direction) {
      const window = await windowAt(direction === 'forward' ? from : to);
      const first = Math.max(from, window.first);
      const last = Math.min(to, window.last);
      const row = await outlinesOf(window);
      return direction === 'forward'
        ? row.read(first, Math.min(last, first + pageLength - 1))
        : row.read(Math.max(first, last - pageLength + 1), last);
    },
    async readEventsAt(sequences, taskId) {
      return readAt(sequences, await placesOf(sequences, taskId), asEvents);
    },
    async readRecord(sequence, taskId) {
      const [record] = await readAt([sequence], await placesOf([sequence], taskId), asRecords);
      return record ?? missing(sequence);
    },
  };
}

/** @throws IntegrityError naming the first event in it when it is missing or damaged */
function open(window: Window, number: number, value: Uint8Array | undefined): Segment {
  const { first, last } = window;
  const name = () => window.directory().entry(number).firstSequence;
  return openSegment({ first, last, number }, value, name);
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

function missing(sequence: number): never {
  throw new IntegrityError({ sequence, reason: 'is missing' });
}
