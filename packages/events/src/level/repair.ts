import { createWriteStream, type WriteStream } from 'node:fs';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { LogRecord } from '../store/event-log.ts';
import type { Checkpoint, LogHead } from '../store/event-store.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { StoreLockedError } from '../store-errors.ts';
import { makeEmptyFolder } from './copy-log.ts';
import { type LevelDatabase, openLevelDatabase } from './level-database.ts';
import { openLevelLog } from './level-log.ts';
import { readOwner } from './owner-file.ts';
import { openRecordStore, type RecordStore } from './record-store.ts';
import { allLogs } from './replayed-logs.ts';
import { checkpointKey, parseStoredCheckpoint } from './stored-checkpoint.ts';
import { checkLink, type StoredRecord } from './stored-record.ts';
import { readWitness } from './witness-file.ts';
import { readLoggedPuts } from './write-ahead-log.ts';

export interface RepairOptions {
  /** The damaged store's folder. It is only read, and must not be open. */
  readonly path: string;
  /** A new or empty folder for the repaired store. */
  readonly into: string;
}

export interface RepairReport {
  /** The head of the repaired store: the longest prefix of the log that is whole. */
  readonly head: LogHead;
  /** What was acknowledged, as far as the witness knows; null: it says nothing. */
  readonly acknowledged: number | null;
  /** Readable events behind the damage. They stand, as NDJSON, in `lost-events.ndjson` beside the repaired log. */
  readonly lost: number;
  readonly checkpoints: number;
}

/**
 * Makes a whole store of a damaged one's copy: the longest prefix of the log whose hash chain holds.
 *
 * What lies behind the damage cannot stay in the log, whose sequences have no gaps; it is saved beside it.
 *
 * @throws StoreLockedError when the damaged store is open, StorePathError when `into` is not empty
 */
export async function repairLevelEventStore({ path, into }: RepairOptions): Promise<RepairReport> {
  const owner = readOwner(path);
  if (owner) {
    const advice = `process ${owner.pid} on ${owner.host} has it open; stop it before the repair`;
    throw new StoreLockedError({ path, owner: { pid: owner.pid, address: owner.address }, advice });
  }
  await makeEmptyFolder(into);
  const witness = readWitness(path);
  const acknowledged = witness.state === 'present' ? witness.head.sequence : null;
  const copies = ['.as-found', '.rebuilt', '.replayed'].map((name) => join(into, name));
  try {
    let best: Salvage | null = null;
    // LevelDB's own repair reads every file on its own: it finds more, or less. Its log read by us gives what
    // LevelDB drops behind a damaged byte. The longest prefix wins.
    const openReplayed = (location: string) => openWithLogs(location, path);
    for (const [i, open] of [openLevelDatabase, openRebuilt, openReplayed].entries()) {
      const found = await salvage(path, copies[i] ?? into, open);
      if (best === null || isBetter(found, best)) best = found;
      if (best.prefix > 0 && best.prefix >= (acknowledged ?? 0) && best.prefix === best.last) break;
    }
    const repaired = await writeRepaired(best ?? nothing(into), into);
    return { ...repaired, acknowledged };
  } finally {
    for (const copy of copies) await rm(copy, { recursive: true, force: true });
  }
}

interface Salvage {
  readonly location: string;
  /** Up to here every record is whole and follows from the one before. */
  readonly prefix: number;
  /** The last sequence there is anything of. */
  readonly last: number;
  /** How many records behind the prefix can be read. */
  readonly behind: number;
}

async function salvage(
  path: string,
  location: string,
  open: (location: string) => Promise<LevelDatabase>,
): Promise<Salvage> {
  // LOCK is never read: closing it would lose the lock of whoever holds it.
  const filter = (source: string) => basename(source) !== 'LOCK';
  await cp(join(path, 'log'), location, { recursive: true, filter });
  try {
    const database = await open(location);
    try {
      const records = await openRecordStore(database);
      const [prefix, last] = [await wholePrefix(records), await records.last()];
      let behind = 0;
      for await (const _ of readable(records, prefix + 1, last)) behind += 1;
      return { location, prefix, last, behind };
    } finally {
      await database.close();
    }
  } catch {
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

async function wholePrefix(records: RecordStore): Promise<number> {
  let sequence = 0;
  try {
    for await (const record of wholeRecords(records)) sequence = record.event.sequence;
  } catch {
    // The first record that is missing, damaged or out of the chain.
  }
  return sequence;
}

/** From the first on, as long as each record is whole and follows from the one before. */
async function* wholeRecords(
  records: RecordStore,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredRecord> {
  let previous = emptyLogHash;
  const last = Math.min(to, await records.last());
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
  } catch {
    const page = [await records.readOne(from)];
    for await (const record of readable(records, from + 1, to)) {
      if (record.event.sequence !== from + page.length) break;
      page.push(record);
    }
    return page;
  }
}

async function writeRepaired(
  { location, prefix, last }: Salvage,
  into: string,
): Promise<Omit<RepairReport, 'acknowledged'>> {
  const repaired = await openLevelLog(into);
  if (prefix === 0 && last === 0) {
    const head = repaired.head();
    await repaired.close();
    return { head, lost: 0, checkpoints: 0 };
  }
  const database = await openLevelDatabase(location);
  try {
    const records = await openRecordStore(database);
    let page: StoredRecord[] = [];
    for await (const record of wholeRecords(records, prefix)) {
      page.push(record);
      if (page.length < 500) continue;
      repaired.stage({ records: page.map(asFound), checkpoints: [] });
      await repaired.flush();
      page = [];
    }
    const checkpoints = await readableCheckpoints(database, prefix);
    repaired.stage({ records: page.map(asFound), checkpoints });
    await repaired.flush();
    const lost = await saveLost(records, prefix, last, join(into, 'lost-events.ndjson'));
    return { head: repaired.head(), lost, checkpoints: checkpoints.length };
  } finally {
    await database.close();
    await repaired.close();
  }
}

/** Those of positions that the repaired log has. */
async function readableCheckpoints(database: LevelDatabase, last: number): Promise<Checkpoint[]> {
  const entries = await database.read((db) => db.iterator({ gte: 'c', lt: 'd' }).all());
  return entries.flatMap(([key, value]) => {
    try {
      const checkpoint = parseStoredCheckpoint(value, String(JSON.parse(key.slice(1))));
      return checkpointKey(checkpoint.name) === key && checkpoint.sequence <= last
        ? [checkpoint]
        : [];
    } catch {
      return []; // a checkpoint can always be made again
    }
  });
}

async function saveLost(
  records: RecordStore,
  prefix: number,
  last: number,
  file: string,
): Promise<number> {
  let out: WriteStream | null = null;
  let count = 0;
  for await (const record of readable(records, prefix + 1, last)) {
    out ??= createWriteStream(file);
    out.write(`${record.text}\n`);
    count += 1;
  }
  const written = out;
  if (written) await new Promise<void>((resolve) => written.end(resolve));
  return count;
}

/** Whatever can be read, one by one: nothing is said about how they hang together. */
async function* readable(
  records: RecordStore,
  from: number,
  to: number,
): AsyncGenerator<StoredRecord> {
  for (let sequence = from; sequence <= to; sequence++) {
    const record = await records.readOne(sequence).catch(() => undefined);
    if (record) yield record;
  }
}

/** As a record to be written: with the text as it stands, so that its hash stays what it was. */
function asFound({ event, text, streamClock }: StoredRecord): LogRecord {
  return { event, place: '', body: text, streamClock };
}
