import { setImmediate as turn } from 'node:timers/promises';
import { numberOfSegmentKey, segmentKey, segmentKeysOf, windowKey } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';
import { createRowCache } from '../row-cache.ts';
import { createOpenedWindow, type OpenedWindow } from './opened-window.ts';
import { openSegment, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-layout.ts';
import type { Window } from './windows.ts';

/** Reads windows as wholes, for whoever reads the log in its order. */
export interface WindowReads {
  segments(window: Window): Promise<readonly Segment[]>;
  /** Those of its segments that can be read, and why the others cannot. */
  soundSegments(window: Window): Promise<{
    readonly segments: readonly Segment[];
    readonly damage: readonly unknown[];
  }>;
  /** The window when it is open. */
  opened(window: Window): OpenedWindow | undefined;
  /** Opens it, or gives the one that is open or being opened already. */
  open(window: Window): Promise<OpenedWindow>;
  /** Lets an open window go: its texts would be carried from collection to collection. */
  release(window: Window): void;
}

const asView = { valueEncoding: 'view' } as const;
const mostOpenedBytes = 8 * 1_048_576;
/** Read from LevelDB at once: its iterators keep what they read last until they are collected. */
const bytesAtOnce = 262_144;
const segmentsAtOnce = 64;
/** Segments opened before others may run: about a millisecond. */
const segmentsPerTurn = 16;

export function createWindowReads(database: LevelDatabase): WindowReads {
  const openedWindows = createRowCache<OpenedWindow>(mostOpenedBytes);
  const opening = new Map<number, Promise<OpenedWindow>>();

  function readRows(window: Window): Promise<readonly Uint8Array[]> {
    const range = { ...segmentKeysOf(window.last), highWaterMarkBytes: bytesAtOnce };
    return database.read(async (db) => {
      const iterator = db.values<string, Uint8Array>({ ...range, valueEncoding: 'view' });
      const rows: Uint8Array[] = [];
      try {
        for (;;) {
          const some = await iterator.nextv(segmentsAtOnce);
          if (some.length === 0) return rows;
          rows.push(...some);
        }
      } finally {
        await iterator.close();
      }
    }, window.first);
  }

  async function segments(window: Window): Promise<readonly Segment[]> {
    const opened: Segment[] = [];
    for (const [number, row] of (await readRows(window)).entries()) {
      if (number > 0 && number % segmentsPerTurn === 0) await turn();
      opened.push(openSegmentOf(window, number, row));
    }
    return opened;
  }

  /** Each on its own: LevelDB may not read past what is damaged. */
  async function soundSegments(window: Window) {
    const segments: Segment[] = [];
    const damage: unknown[] = [];
    for (const number of await numbersOf(window, damage)) {
      try {
        const key = segmentKey(window.last, number);
        const row = await database.read((db) => db.get<string, Uint8Array>(key, asView));
        segments.push(openSegmentOf(window, number, row));
      } catch (error) {
        damage.push(error);
      }
    }
    return { segments, damage };
  }

  /** Of its segments, by its directory; where that is damaged, of those that are there. */
  async function numbersOf(window: Window, damage: unknown[]): Promise<readonly number[]> {
    try {
      return Array.from({ length: window.directory().count }, (_, number) => number);
    } catch (error) {
      damage.push(error);
    }
    const keys = await database.read((db) => db.keys(segmentKeysOf(window.last)).all());
    return keys.map(numberOfSegmentKey);
  }

  function open(window: Window): Promise<OpenedWindow> {
    const known = openedWindows.get(windowKey(window.last));
    if (known) return Promise.resolve(known);
    const under = opening.get(window.last);
    if (under) return under;
    const result = segments(window)
      .then((all) => {
        const opened = createOpenedWindow(window, all);
        openedWindows.set(windowKey(window.last), opened);
        return opened;
      })
      .finally(() => opening.delete(window.last));
    opening.set(window.last, result);
    return result;
  }

  return {
    segments,
    soundSegments,
    opened: (window) => openedWindows.get(windowKey(window.last)),
    open,
    release: (window) => openedWindows.drop(windowKey(window.last)),
  };
}

/** @throws IntegrityError naming the first event in it when it is missing or damaged */
export function openSegmentOf(
  window: Window,
  number: number,
  value: Uint8Array | undefined,
): Segment {
  const place: SegmentPlace = { first: window.first, last: window.last, number };
  return openSegment(place, value, () => {
    try {
      return window.directory().entry(number).firstSequence;
    } catch {
      return window.first; // the directory is damaged as well
    }
  });
}
