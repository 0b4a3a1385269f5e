import { mkdir, stat } from 'node:fs/promises';
import type { EventCatalog, EventOf, NewEventOf } from '../event-catalog.ts';
import { createEventStore, type EventStoreOptions } from '../store/create-event-store.ts';
import type { EventStore } from '../store/event-store.ts';
import type { EventTransfer } from '../store/event-transfer.ts';
import { StoreLockedError, StorePathError } from '../store-errors.ts';
import { openLevelLog } from './level-log.ts';
import { takeOwnership } from './owner-file.ts';

export interface LevelEventStoreOptions<Catalog extends EventCatalog> extends EventStoreOptions {
  /** The store's folder; made when it is not there. One process at a time can have it open. */
  readonly path: string;
  readonly catalog: Catalog;
}

/** What the durable store offers besides the port. */
export interface LevelEventStore<Catalog extends EventCatalog = EventCatalog>
  extends EventStore<EventOf<Catalog>, NewEventOf<Catalog>>,
    EventTransfer {
  readonly path: string;
  /** Tells others where this process can be reached: `readOwner(path)` and refusals show it. */
  setAddress(address: string | null): void;
}

/**
 * Opens a durable event store in a folder: LevelDB, one writer, fsync before each acknowledgement.
 *
 * @throws StoreLockedError when another process (or this one) has it open, StorePathError, IntegrityError
 */
export async function openLevelEventStore<const Catalog extends EventCatalog>(
  options: LevelEventStoreOptions<Catalog>,
): Promise<LevelEventStore<Catalog>> {
  const { path, catalog, now = Date.now } = options;
  await makeFolder(path);
  const ownership = takeFolder(path, now);
  try {
    const log = await openLevelLog(path);
    const store = createEventStore(catalog, log, options);
    const close = async () => {
      await store.close();
      ownership.release();
    };
    return {
      ...store,
      path,
      setAddress: (address) => ownership.setAddress(address),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    ownership.release();
    throw translate(error, path);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
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
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  switch (codeOf(cause)) {
    case 'LEVEL_LOCKED':
      return new StoreLockedError({
        path,
        owner: null,
        advice: 'another process has its LevelDB files open; stop that process and try again',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'LEVEL_IO_ERROR':
      return new StorePathError({ path, reason: 'permission denied, or no folder', cause: error });
    default:
      return error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
