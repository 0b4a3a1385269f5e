import { createWriteStream, type WriteStream } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Checkpoint, LogHead } from '../store/event-store.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { StoreLockedError } from '../store-errors.ts';
import { makeEmptyFolder } from './copy-log.ts';
import { eventKey, eventKeys, sequenceOfKey } from './keys.ts';
import { type LevelDatabase, openLevelDatabase } from './level-database.ts';
import { openLevelLog } from './level-log.ts';
import { readOwner } from './owner-file.ts';
import { checkLink, lastStored, readRecord } from './record-store.ts';
import { checkpointKey, parseStoredCheckpoint } from './stored-checkpoint.ts';
import type { StoredRecord } from './stored-record.ts';
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
      return { location, prefix: await wholePrefix(database), last: await lastStored(database) };
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

async function wholePrefix(database: LevelDatabase): Promise<number> {
  let sequence = 0;
  try {
    for await (const record of wholeRecords(database)) sequence = record.event.sequence;
  } catch {
    // The first record that is missing, damaged or out of the chain.
  }
  return sequence;
}

async function* wholeRecords(
  database: LevelDatabase,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredRecord> {
  let previous = emptyLogHash;
  for (let sequence = 1; sequence <= to; sequence++) {
    const record = await readRecord(database, sequence);
    checkLink(previous, record);
    previous = record.hash;
    yield record;
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
    let page: StoredRecord[] = [];
    for await (const record of wholeRecords(database, prefix)) {
      page.push(record);
      if (page.length < 500) continue;
      await repaired.writeBatch({ records: page, checkpoints: [] });
      page = [];
    }
    const checkpoints = await readableCheckpoints(database, prefix);
    await repaired.writeBatch({ records: page, checkpoints });
    const lost = await saveLost(database, prefix, join(into, 'lost-events.ndjson'));
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

async function saveLost(database: LevelDatabase, prefix: number, file: string): Promise<number> {
  const behind = await database.read((db) =>
    db.keys({ gt: eventKey(prefix), lt: eventKeys.lt }).all(),
  );
  let out: WriteStream | null = null;
  let count = 0;
  for (const key of behind) {
    const record = await readable(database, sequenceOfKey(key));
    if (!record) continue;
    out ??= createWriteStream(file);
    out.write(`${record.text}\n`);
    count += 1;
  }
  const written = out;
  if (written) await new Promise<void>((resolve) => written.end(resolve));
  return count;
}

async function readable(
  database: LevelDatabase,
  sequence: number,
): Promise<StoredRecord | undefined> {
  try {
    return await readRecord(database, sequence);
  } catch {
    return undefined;
  }
}
