import { isEventsError } from '../../errors.ts';
import { IntegrityError } from '../../store-errors.ts';
import { sequenceOfKey, windowKey, windowKeys } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';
import { type Directory, openDirectory } from './directory.ts';

/** Consecutive events that are sealed. */
export interface Window {
  readonly first: number;
  readonly last: number;
  /** @throws IntegrityError when it is missing or damaged, NewerFormatError: the events themselves may be sound */
  directory(): Directory;
}

/** The windows of a log, oldest first. Their directories are read when an event of theirs is asked for, and kept. */
export interface Windows {
  /** All events up to here are sealed. */
  upTo(): number;
  /** Takes in the window behind the last. */
  add(directory: Directory): void;
  /** Makes `holding` ready for this sequence and all behind it. */
  load(sequence: number): Promise<void>;
  holding(sequence: number): Window;
}

export async function openWindows(database: LevelDatabase): Promise<Windows> {
  const newest = { ...windowKeys, reverse: true, limit: 1 };
  const [key] = await database.read((db) => db.keys(newest).all());
  let upTo = key === undefined ? 0 : sequenceOfKey(key);
  /** Without gaps from `knownFrom` on. */
  let known: Window[] = [];
  let knownFrom = upTo + 1;

  async function load(sequence: number): Promise<void> {
    while (sequence < knownFrom) {
      const until = knownFrom - 1;
      const range = { gte: windowKey(sequence), lte: windowKey(until) };
      const rows = await database.read(
        (db) => db.iterator<string, Uint8Array>({ ...range, valueEncoding: 'view' }).all(),
        sequence,
      );
      if (until !== knownFrom - 1) continue; // somebody else has loaded meanwhile
      known = [...withoutGaps(rows.map(openRow), sequence, until), ...known];
      knownFrom = known[0]?.first ?? knownFrom;
    }
  }

  return {
    upTo: () => upTo,
    add(directory) {
      known.push(windowOf(directory));
      upTo = directory.last;
    },
    load,
    holding(sequence) {
      let low = 0;
      let high = known.length - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((known[middle]?.last ?? 0) < sequence) low = middle + 1;
        else high = middle;
      }
      const window = known[low];
      if (window === undefined || sequence < window.first || sequence > window.last) {
        throw new IntegrityError({ sequence, reason: 'is not sealed' });
      }
      return window;
    },
  };
}

function windowOf(directory: Directory): Window {
  return { first: directory.first, last: directory.last, directory: () => directory };
}

/** A directory's row: opened, or why it cannot be. */
interface OpenedRow {
  readonly last: number;
  readonly directory: Directory | Error;
}

function openRow([key, value]: readonly [string, Uint8Array]): OpenedRow {
  const last = sequenceOfKey(key);
  try {
    return { last, directory: openDirectory(last, value) };
  } catch (error) {
    if (!isEventsError(error)) throw error;
    return { last, directory: error };
  }
}

/** The windows `from` … `to`, with one that says what is wrong wherever a directory is damaged or missing. */
function withoutGaps(rows: readonly OpenedRow[], from: number, to: number): Window[] {
  const windows: Window[] = [];
  let next = from;
  const broken = (last: number, error: Error) => {
    const fail = () => {
      throw error;
    };
    if (last >= next) windows.push({ first: next, last, directory: fail });
    next = last + 1;
  };
  for (const { last, directory } of rows) {
    const begins = directory instanceof Error ? next : directory.first;
    const isFirst = windows.length === 0 && begins <= from;
    if (begins > next) broken(begins - 1, missing(next, begins - 1));
    if (directory instanceof Error) broken(last, directory);
    else if (begins !== next && !isFirst) broken(last, missing(next, last));
    else {
      windows.push(windowOf(directory));
      next = last + 1;
    }
  }
  if (next <= to) broken(to, missing(next, to));
  return windows;
}

function missing(first: number, last: number): IntegrityError {
  const reason = `the directory of the sealed events ${first} to ${last} is missing`;
  return new IntegrityError({ sequence: first, reason });
}
