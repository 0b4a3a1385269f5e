import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogRecord } from '../store/event-log.ts';
import type { Checkpoint, LogHead } from '../store/event-store.ts';
import { StoreLockedError } from '../store-errors.ts';
import { type LevelDatabase, openLevelDatabase } from './level-database.ts';
import { openLevelLog } from './level-log.ts';
import { writeNewFolder } from './new-folder.ts';
import { readOwner } from './owner-file.ts';
import { openRecordStore, type RecordStore } from './record-store.ts';
import { readable, type Salvage, salvageBest, throwIfRefused, wholeRecords } from './salvage.ts';
import { checkpointKey, parseStoredCheckpoint } from './stored-checkpoint.ts';
import type { StoredRecord } from './stored-record.ts';
import { readWitness } from './witness-file.ts';

export interface RepairOptions {
  /** The damaged store's folder. It is only read, and must not be open. */
  readonly path: string;
  /** A new or empty folder for the repaired store, also where a file system is mounted. When the repair fails, it is as it was. */
  readonly into: string;
  readonly signal?: AbortSignal;
}

export interface RepairReport {
  /** The head of the repaired store: the longest prefix of the log that is whole. */
  readonly head: LogHead;
  /** What was acknowledged, as far as the witness knows; null: it says nothing. */
  readonly acknowledged: number | null;
  /** The log has another event there than the witness says: they are of two stores, or of two times of one. */
  readonly contradictsWitness: boolean;
  /** Readable events behind the damage. They stand, as NDJSON, in `lost-events.ndjson` beside the repaired log. */
  readonly lost: number;
  readonly checkpoints: number;
}

/**
 * Makes a whole store of a damaged one's copy: the longest prefix of the log whose hash chain holds.
 *
 * What lies behind the damage cannot stay in the log, whose sequences have no gaps; it is saved beside it.
 *
 * @throws StoreLockedError when the damaged store is open, StorePathError when `into` is not empty or lies in it,
 *   StoreUnavailableError when the disk is full, NewerFormatError when only a newer version can read it, the signal's reason when it is aborted
 */
export async function repairLevelEventStore({
  path,
  into,
  signal,
}: RepairOptions): Promise<RepairReport> {
  const owner = readOwner(path);
  if (owner) {
    const advice = `process ${owner.pid} on ${owner.host} has it open; stop it before the repair`;
    throw new StoreLockedError({ path, owner: { pid: owner.pid, address: owner.address }, advice });
  }
  const witness = readWitness(path);
  const witnessed = witness.state === 'present' ? witness.head : null;
  const acknowledged = witnessed?.sequence ?? null;
  return writeNewFolder({ path: into, store: path }, async (draft) => {
    const copies = ['.as-found', '.rebuilt', '.replayed'].map((name) => join(draft, name));
    const best = await salvageBest(path, copies, acknowledged ?? 0, signal);
    const repaired = await writeRepaired(best, draft, witnessed, signal);
    for (const copy of copies) await rm(copy, { recursive: true, force: true });
    return { ...repaired, acknowledged };
  });
}

async function writeRepaired(
  { location, prefix, last }: Salvage,
  into: string,
  witnessed: LogHead | null,
  signal?: AbortSignal,
): Promise<Omit<RepairReport, 'acknowledged'>> {
  const repaired = await openLevelLog(into);
  let contradictsWitness = false;
  if (prefix === 0 && last === 0) {
    const head = repaired.head();
    await repaired.close();
    return { head, contradictsWitness, lost: 0, checkpoints: 0 };
  }
  const database = await openLevelDatabase(location);
  try {
    const records = await openRecordStore(database);
    let page: StoredRecord[] = [];
    for await (const record of wholeRecords(records, prefix)) {
      signal?.throwIfAborted();
      page.push(record);
      if (record.event.sequence === witnessed?.sequence) {
        contradictsWitness = record.hash !== witnessed.hash;
      }
      if (page.length < 500) continue;
      repaired.stage({ records: page.map(asFound), checkpoints: [] });
      await repaired.flush();
      page = [];
    }
    const checkpoints = await readableCheckpoints(database, prefix);
    repaired.stage({ records: page.map(asFound), checkpoints });
    await repaired.flush();
    const lost = await saveLost(records, prefix, last, join(into, 'lost-events.ndjson'));
    return { head: repaired.head(), contradictsWitness, lost, checkpoints: checkpoints.length };
  } finally {
    await database.close();
    await repaired.close();
  }
}

/** Those of positions that the repaired log has. */
async function readableCheckpoints(database: LevelDatabase, last: number): Promise<Checkpoint[]> {
  const entries = await database
    .read((db) => db.iterator({ gte: 'c', lt: 'd' }).all())
    .catch(throwIfRefused); // else their table is damaged
  return (entries ?? []).flatMap(([key, value]) => {
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
  let out: FileHandle | null = null;
  let count = 0;
  try {
    for await (const record of readable(records, prefix + 1, last)) {
      out ??= await open(file, 'wx');
      await out.appendFile(`${record.text}\n`);
      count += 1;
    }
    await out?.sync();
  } finally {
    await out?.close();
  }
  return count;
}

/** As a record to be written: with the text as it stands, so that its hash stays what it was. */
function asFound({ event, text, streamClock }: StoredRecord): LogRecord {
  return { event, place: '', body: text, streamClock };
}
