import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isEventsError } from '../errors.ts';
import type { EventCatalog, EventOf, NewEventOf } from '../event-catalog.ts';
import { createEventStore, type EventStoreOptions } from '../store/create-event-store.ts';
import type { EventStore, LogHead } from '../store/event-store.ts';
import type { EventTransfer, PageReader } from '../store/event-transfer.ts';
import { StoreLockedError, StorePathError, StoreUnavailableError } from '../store-errors.ts';
import { backupLog } from './backup.ts';
import { damageOf } from './level-database.ts';
import { type LevelLog, type LevelLogOptions, openLevelLog } from './level-log.ts';
import { makeFolders } from './make-folders.ts';
import { takeOwnership } from './owner-file.ts';
import type { VerifyReport } from './verify/verify-log.ts';

export interface LevelEventStoreOptions<Catalog extends EventCatalog> extends EventStoreOptions {
  /** The store's folder; made when it is not there. One process at a time can have it open. */
  readonly path: string;
  readonly catalog: Catalog;
  /** How often, after writes, to look whether it is calm enough for sealing older events. Infinity: never. @default 1_000 */
  readonly sealEveryMs?: number;
}

/** What the durable store offers besides the port. */
export interface LevelEventStore<Catalog extends EventCatalog = EventCatalog>
  extends EventStore<EventOf<Catalog>, NewEventOf<Catalog>>,
    EventTransfer,
    PageReader<EventOf<Catalog>> {
  readonly path: string;
  /** What was found on open: the head, and whether the witness of acknowledged appends was there. */
  readonly opened: LevelLog['opened'];
  /** Seals older events now, all that fill windows, instead of in the next calm moment. Reads notice nothing but speed. */
  seal(): Promise<void>;
  /** Reads everything and reckons it anew: records, hash chain, versions, index, checkpoints, witness. */
  verify(): Promise<VerifyReport>;
  /**
   * Copies a consistent state into a new or empty folder, while appends go on, and checks the copy.
   *
   * Never copy the folder of an open store by other means: LevelDB would lose its lock.
   *
   * @returns the head of the copy
   * @throws StorePathError when the folder is not empty, or lies in the store's
   */
  backup(into: string): Promise<LogHead>;
  /** Tells others where this process can be reached: `readOwner(path)` and refusals show it. */
  setAddress(address: string | null): void;
}

/**
 * Opens a durable event store in a folder: LevelDB, one writer, fsync before each acknowledgement.
 *
 * @throws StoreLockedError when another process (or this one) has it open, StorePathError, IntegrityError,
 *   StoreUnavailableError when the disk is full
 */
export async function openLevelEventStore<const Catalog extends EventCatalog>(
  options: LevelEventStoreOptions<Catalog>,
): Promise<LevelEventStore<Catalog>> {
  const { path, catalog, now = Date.now } = options;
  await makeFolder(path);
  const ownership = takeFolder(path, now);
  try {
    const log = await openWhenUnlocked(path, options);
    const store = createEventStore(catalog, log, options);
    const close = async () => {
      await store.close();
      ownership.release();
    };
    return {
      ...store,
      path,
      opened: log.opened,
      seal: () => log.seal(),
      verify: () => log.verify(),
      backup: (into) => backupLog(log, { path: into, store: path }),
      setAddress: (address) => ownership.setAddress(address),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    ownership.release();
    throw translate(error, path);
  }
}

/**
 * A process that has just been killed may hold LevelDB's lock for a moment longer, while its threads
 * end: so the owner of the folder asks again a few times.
 */
async function openWhenUnlocked(path: string, options: LevelLogOptions): Promise<LevelLog> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openLevelLog(path, options);
    } catch (error) {
      const isLocked = error instanceof Error && codeOf(error.cause) === 'LEVEL_LOCKED';
      if (!isLocked || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await makeFolders(resolve(path));
    if ((await stat(path)).isDirectory()) return;
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') {
      const reason = `cannot be used as a folder (${codeOf(cause)})`;
      throw new StorePathError({ path, reason, cause });
    }
  }
  throw new StorePathError({ path, reason: 'is a file; the event store needs a folder' });
}

function takeFolder(path: string, now: () => number) {
  try {
    return takeOwnership(path, now);
  } catch (error) {
    throw translate(error, path);
  }
}

function translate(error: unknown, path: string): unknown {
  if (isEventsError(error)) return error;
  // LevelDB wraps why it could not open.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = codeOf(cause);
  if (code === 'LEVEL_LOCKED') {
    const advice = 'another process has its LevelDB files open; stop that process and try again';
    return new StoreLockedError({ path, owner: null, advice, cause: error });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreUnavailableError({ reason: `The system refused it (${String(cause)})`, cause });
  }
  if (
    pathErrors.has(code) ||
    (code === 'LEVEL_IO_ERROR' && /permission|(not|is) a directory/i.test(String(cause)))
  ) {
    return new StorePathError({
      path,
      reason: `cannot be read and written (${String(cause)})`,
      cause: error,
    });
  }
  const damage = damageOf(cause, 0);
  return damage === cause ? error : damage;
}

const pathErrors = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
