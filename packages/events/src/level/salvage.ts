import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { isEventsError } from '../errors.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { disarmTables } from './disarm-tables.ts';
import { damageOf, type LevelDatabase, openLevelDatabase } from './level-database.ts';
import { openRecordStore, type RecordStore } from './record-store.ts';
import { allLogs } from './replayed-logs.ts';
import type { SoundRecords } from './sound-records.ts';
import { checkLink, type StoredRecord } from './stored-record.ts';
import { removeStrayWindows } from './stray-windows.ts';
import { readLoggedPuts } from './write-ahead-log.ts';

/** What can be read of a damaged store, in a copy of its database. */
export interface Salvage {
  readonly location: string;
  /** Up to here every record is whole and follows from the one before. */
  readonly prefix: number;
  /** The last sequence there is anything of. */
  readonly last: number;
  /** How many records behind the prefix can be read. */
  readonly behind: number;
}

/**
 * Reads the store in up to three ways, each in a copy of its own: as it is; after LevelDB's own repair, which reads
 * every file on its own and finds more, or less; and with LevelDB's log read by us, which gives what LevelDB drops
 * behind a damaged byte. The longest prefix wins.
 *
 * @param acknowledged with so many events nothing is missing
 * @throws StoreUnavailableError when the disk is full, NewerFormatError, the signal's reason when it is aborted
 */
export async function salvageBest(
  path: string,
  copies: readonly string[],
  acknowledged: number,
  signal?: AbortSignal,
): Promise<Salvage> {
  let best = nothing('');
  const openReplayed = (location: string) => openWithLogs(location, path);
  for (const [i, open] of [openLevelDatabase, openRebuilt, openReplayed].entries()) {
    const found = await salvage(path, copies[i] ?? '', open, signal);
    if (best.location === '' || isBetter(found, best)) best = found;
    if (best.prefix > 0 && best.prefix >= acknowledged && best.prefix === best.last) break;
  }
  return best;
}

async function salvage(
  path: string,
  location: string,
  open: (location: string) => Promise<LevelDatabase>,
  signal?: AbortSignal,
): Promise<Salvage> {
  signal?.throwIfAborted();
  // LOCK is never read: closing it would lose the lock of whoever holds it.
  const filter = (source: string) => basename(source) !== 'LOCK';
  await cp(join(path, 'log'), location, { recursive: true, filter });
  await disarmTables(location);
  try {
    const database = await open(location);
    try {
      await removeStrayWindows(database).catch(throwIfRefused);
      const records = await openRecordStore(database);
      const [prefix, last] = [await wholePrefix(records), records.last()];
      let behind = 0;
      for await (const _ of readable(records, prefix + 1, last)) {
        signal?.throwIfAborted();
        behind += 1;
      }
      return { location, prefix, last, behind };
    } finally {
      await database.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throwIfRefused(damageOf(cause, 0));
    return nothing(location); // LevelDB does not open it
  }
}

function nothing(location: string): Salvage {
  return { location, prefix: 0, last: 0, behind: 0 };
}

/** With equal prefixes the one that has more behind the damage. */
function isBetter(one: Salvage, other: Salvage): boolean {
  return one.prefix === other.prefix ? one.behind > other.behind : one.prefix > other.prefix;
}

async function openRebuilt(location: string): Promise<LevelDatabase> {
  await ClassicLevel.repair(location);
  return openLevelDatabase(location);
}

/** LevelDB's tables, and over them what its log files hold, read one record after the other. */
async function openWithLogs(location: string, path: string): Promise<LevelDatabase> {
  for (const name of await readdir(location)) {
    if (name.endsWith('.log')) await rm(join(location, name));
  }
  const database = await openLevelDatabase(location).catch(() => openRebuilt(location));
  for (const log of await allLogs(path)) {
    let batch = database.batch();
    for (const [key, value] of readLoggedPuts(await readFile(log))) {
      if (isOfTheLog(key)) batch.put(key, value, { valueEncoding: 'view' });
      if (batch.length < 500) continue;
      await batch.write();
      batch = database.batch();
    }
    await batch.write();
  }
  return database;
}

/**
 * Events and checkpoints: the index is built anew, and what a window seals is deleted in the batch that writes it;
 * without that batch they all stand where they were.
 */
function isOfTheLog(key: string): boolean {
  return /^(e[0-9a-z]{12}$|c")/.test(key);
}

async function wholePrefix(records: RecordStore, signal?: AbortSignal): Promise<number> {
  let sequence = 0;
  try {
    for await (const record of wholeRecords(records)) {
      signal?.throwIfAborted();
      sequence = record.event.sequence;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throwIfRefused(error); // else it is the first record that is missing, damaged or out of the chain
  }
  return sequence;
}

/** From the first on, as long as each record is whole and follows from the one before. */
export async function* wholeRecords(
  records: RecordStore,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredRecord> {
  let previous = emptyLogHash;
  const last = Math.min(to, records.last());
  for (let from = 1; from <= last; ) {
    const page = await wholePage(records, from, Math.min(last, from + 999));
    for (const record of page) {
      checkLink(previous, record);
      previous = record.hash;
      yield record;
    }
    from += page.length;
  }
}

/** A page; where something in it is damaged, its records up to there. @throws when that is the first */
async function wholePage(
  records: RecordStore,
  from: number,
  to: number,
): Promise<readonly StoredRecord[]> {
  try {
    return await records.readRange(from, to);
  } catch (error) {
    throwIfRefused(error);
    const { records: sound } = await readSound(records, from, to);
    const gap = sound.findIndex((record, i) => record.event.sequence !== from + i);
    if (sound.length === 0 || gap === 0) throw error;
    return gap === -1 ? sound : sound.slice(0, gap);
  }
}

/** Whatever can be read: nothing is said about how they hang together. */
export async function* readable(
  records: RecordStore,
  from: number,
  to: number,
): AsyncGenerator<StoredRecord> {
  for (let next = records.nextFrom(from); next <= to; ) {
    const sound = await readSound(records, next, to);
    yield* sound.records;
    next = records.nextFrom(sound.to + 1);
  }
}

async function readSound(
  records: RecordStore,
  from: number,
  to: number,
): Promise<Pick<SoundRecords, 'to' | 'records'>> {
  const sound = await records.readSound(from, to).catch(throwIfRefused);
  for (const error of sound?.damage ?? []) throwIfRefused(error);
  return sound ?? { to: from, records: [] };
}

/**
 * A full disk says nothing about the store, and what a newer version wrote is not damaged: the repair must not go on as if
 * something were missing.
 */
export function throwIfRefused(error: unknown): undefined {
  if (isEventsError(error, 'STORE_UNAVAILABLE') || isEventsError(error, 'NEWER_FORMAT'))
    throw error;
}
