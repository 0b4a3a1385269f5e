import { setImmediate as turn } from 'node:timers/promises';
import { segmentKeysOf, windowKey } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';
import { createRowCache } from '../row-cache.ts';
import { createOpenedWindow, type OpenedWindow } from './opened-window.ts';
import { openSegment, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-layout.ts';
import type { Window } from './windows.ts';

/** Reads windows as wholes, for whoever reads the log in its order. */
export interface WindowReads {
  segments(window: Window): Promise<readonly Segment[]>;
  /** The window when it is open. */
  opened(window: Window): OpenedWindow | undefined;
  /** Opens it, or gives the one that is open or being opened already. */
  open(window: Window): Promise<OpenedWindow>;
  /** Lets an open window go: its texts would be carried from collection to collection. */
  release(window: Window): void;
}

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
  return openSegment(place, value, () => window.directory().entry(number).firstSequence);
}
