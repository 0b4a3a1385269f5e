import { createWriteStream, type WriteStream } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
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
import { checkpointKey, parseStoredCheckpoint } from './stored-checkpoint.ts';
import { checkLink, type StoredRecord } from './stored-record.ts';
import { readWitness } from './witness-file.ts';

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
  const copies = [join(into, '.as-found'), join(into, '.rebuilt')] as const;
  try {
    const found = await salvage(path, copies[0], openLevelDatabase);
    const enough =
      found.prefix > 0 && found.prefix >= (acknowledged ?? 0) && found.prefix === found.last;
    // LevelDB's own repair reads every file on its own: it finds more, or less. The longer prefix wins.
    const rebuilt = enough ? null : await salvage(path, copies[1], openRebuilt);
    const best = rebuilt && rebuilt.prefix > found.prefix ? rebuilt : found;
    return { ...(await writeRepaired(best, into)), acknowledged };
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
      return { location, prefix: await wholePrefix(records), last: await records.last() };
    } finally {
      await database.close();
    }
  } catch {
    return { location, prefix: 0, last: 0 }; // LevelDB does not open it
  }
}

async function openRebuilt(location: string): Promise<LevelDatabase> {
  await ClassicLevel.repair(location);
  return openLevelDatabase(location);
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

/** A page; where something in it is damaged only its first record. */
async function wholePage(
  records: RecordStore,
  from: number,
  to: number,
): Promise<readonly StoredRecord[]> {
  try {
    return await records.readRange(from, to);
  } catch {
    return [await records.readOne(from)];
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
  for (let sequence = prefix + 1; sequence <= last; sequence++) {
    const record = await records.readOne(sequence).catch(() => undefined);
    if (!record) continue;
    out ??= createWriteStream(file);
    out.write(`${record.text}\n`);
    count += 1;
  }
  const written = out;
  if (written) await new Promise<void>((resolve) => written.end(resolve));
  return count;
}

/** As a record to be written: with the text as it stands, so that its hash stays what it was. */
function asFound({ event, text, streamClock }: StoredRecord): LogRecord {
  return { event, place: '', body: text, streamClock };
}
