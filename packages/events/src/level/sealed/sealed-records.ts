import { setImmediate as turn } from 'node:timers/promises';
import type { AnyEvent } from '../../event.ts';
import type { EventOutline } from '../../event-outline.ts';
import type { Direction } from '../../store/event-log.ts';
import { outlinesKey } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';
import { createRowCache } from '../row-cache.ts';
import { type SoundRecords, soundRecords } from '../sound-records.ts';
import type { StoredRecord } from '../stored-record.ts';
import type { Directory } from './directory.ts';
import { pageLength } from './opened-window.ts';
import { type Outlines, openOutlines } from './outlines.ts';
import { createSegmentReads, missing } from './segment-reads.ts';
import { createWindowReads } from './window-reads.ts';
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
  /** As `readRecords`, what can be read of them. */
  readSound(from: number, to: number): Promise<SoundRecords>;
  readOutlines(from: number, to: number, direction: Direction): Promise<readonly EventOutline[]>;
  /** The first events of these sequences, in this order: as many as fit into memory well, at least one. */
  readEventsAt(sequences: readonly number[], taskId?: string): Promise<readonly AnyEvent[]>;
  readRecord(sequence: number, taskId?: string): Promise<StoredRecord>;
}

const mostOutlineBytes = 2 * 1_048_576;
const outlinesPageLength = 512;
/** Where less than this part of a window is asked for, only the segments it is in are read. */
const smallPart = 1 / 8;

export async function openSealedRecords(database: LevelDatabase): Promise<SealedRecords> {
  const windows = await openWindows(database);
  const outlines = createRowCache<Outlines>(mostOutlineBytes);
  const whole = createWindowReads(database);
  const single = createSegmentReads({ database, windows, outlinesOf });

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

  async function readEvents(
    from: number,
    to: number,
    direction: Direction,
  ): Promise<readonly AnyEvent[]> {
    const window = await windowAt(direction === 'forward' ? from : to);
    const [first, last] = [Math.max(from, window.first), Math.min(to, window.last)];
    const length = last - first + 1;
    const isSmall = length < (window.last - window.first + 1) * smallPart;
    if (isSmall && !whole.opened(window)) {
      return single.events(Array.from({ length }, (_, i) => first + i));
    }
    const opened = await whole.open(window);
    const forward = direction === 'forward';
    const begin = forward ? first : Math.max(first, last - pageLength + 1);
    const end = forward ? Math.min(last, first + pageLength - 1) : last;
    // How many of what is asked for in this window are left behind the page, in its direction.
    const left = forward ? last - end : begin - first;
    if (left < pageLength && (forward ? last < to : first > from)) {
      openAhead(forward ? last + 1 : first - 1);
    }
    if (forward ? end === window.last : begin === window.first) whole.release(window);
    return opened.events(begin, end);
  }

  /** A scan will soon be there. Should it fail, whoever reads that window is told. */
  function openAhead(sequence: number): void {
    if (sequence > windows.upTo()) return;
    windowAt(sequence)
      .then((window) => whole.open(window))
      .catch(() => undefined);
  }

  async function readRecords(from: number, to: number): Promise<readonly StoredRecord[]> {
    const window = await windowAt(from);
    const records: StoredRecord[] = [];
    for (const segment of await whole.segments(window)) {
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

  return {
    upTo: () => windows.upTo(),
    add: (directory) => windows.add(directory),
    readEvents,
    readRecords,
    async readSound(from, to) {
      const window = await windowAt(from);
      const { segments, damage } = await whole.soundSegments(window);
      const found = segments.flatMap((segment) => segment.records(0, segment.count - 1));
      return soundRecords([from, Math.min(to, window.last)], found, damage);
    },
    async readOutlines(from, to, direction) {
      const window = await windowAt(direction === 'forward' ? from : to);
      const first = Math.max(from, window.first);
      const last = Math.min(to, window.last);
      const row = await outlinesOf(window);
      return direction === 'forward'
        ? row.read(first, Math.min(last, first + outlinesPageLength - 1))
        : row.read(Math.max(first, last - outlinesPageLength + 1), last);
    },
    readEventsAt: (sequences, taskId) => single.events(sequences, taskId),
    async readRecord(sequence, taskId) {
      const [record] = await single.records([sequence], taskId);
      return record ?? missing(sequence);
    },
  };
}
