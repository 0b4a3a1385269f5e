import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChainedBatch, ClassicLevel } from 'classic-level';
import { IntegrityError, StoreUnavailableError } from '../store-errors.ts';

export type LevelBatch = ChainedBatch<ClassicLevel, string, string>;

/** A LevelDB handle that can be exchanged for a new one while readers wait. */
export interface LevelDatabase {
  /**
   * Runs a read; one that a reopening cut off is run again.
   *
   * @param sequence names the event in errors that LevelDB itself reports
   *
   * @throws IntegrityError when LevelDB finds damage, StoreUnavailableError when it could not be reopened
   */
  read<T>(reading: (db: ClassicLevel) => Promise<T>, sequence?: number): Promise<T>;
  batch(): LevelBatch;
  /**
   * Closes and opens. What was written but not acknowledged may be there or not.
   *
   * Without room for what LevelDB writes on opening it rejects and leaves the handle open for reads.
   */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Each one that is full is rewritten, later, together with others: the larger, the more seldom. But it stands in memory
 * twice, and is replayed when opening after a kill.
 */
const writeBufferSize = 32 * 1_048_576;

export async function openLevelDatabase(location: string): Promise<LevelDatabase> {
  let db = await open(location);
  let gate: Promise<void> | null = null;
  let reopenError: unknown = null;

  async function read<T>(reading: (db: ClassicLevel) => Promise<T>, sequence = 0): Promise<T> {
    for (;;) {
      if (gate) await gate.catch(() => undefined);
      if (reopenError !== null) {
        const reason = 'The store is closed after a failed write and could not be opened again yet';
        throw new StoreUnavailableError({ reason, cause: reopenError });
      }
      const used = db;
      try {
        return await reading(used);
      } catch (error) {
        if (used === db && gate === null) throw damageOf(error, sequence);
      }
    }
  }

  async function exchange(): Promise<void> {
    await db.close();
    try {
      db = await open(location);
      reopenError = null;
    } catch (error) {
      reopenError = error;
      throw error;
    }
  }

  return {
    read,
    batch: () => db.batch(),
    async reopen() {
      await checkRoom(location);
      gate = exchange();
      try {
        await gate;
      } finally {
        gate = null;
      }
    },
    close: () => db.close(),
  };
}

async function open(location: string): Promise<ClassicLevel> {
  await refuseWithoutCurrent(location);
  // Segments are dense already, and reading one of their events must not cost unpacking all of them.
  const db = new ClassicLevel(location, { writeBufferSize, compression: false });
  await db.open();
  return db;
}

/** Without its file CURRENT LevelDB takes a folder for a new one: it begins anew, and deletes all that is there. */
async function refuseWithoutCurrent(location: string): Promise<void> {
  const names = await readdir(location).catch((): string[] => []); // not there yet
  if (names.includes('CURRENT') || !names.some((name) => /^\d+\.(log|ldb|sst)$/.test(name))) return;
  const reason = `${join(location, 'CURRENT')} is missing, by which LevelDB knows its files; they are there, and can be repaired`;
  throw new IntegrityError({ sequence: 0, reason });
}

/** On opening LevelDB writes what its log holds into a table, and a new manifest. */
async function checkRoom(location: string): Promise<void> {
  const margin = 1_048_576;
  const names = await readdir(location);
  const logs = names.filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(
    logs.map(async (name) => (await stat(join(location, name))).size),
  );
  const needed = sizes.reduce((sum, size) => sum + size, margin);
  const { bavail, bsize } = await statfs(location);
  if (bavail * bsize < needed) {
    const reason = `Reopening needs ${needed} bytes of free space; there are ${bavail * bsize}`;
    throw new StoreUnavailableError({ reason, cause: null });
  }
}

/** What the system refuses says nothing about the store: another disk, user or limit, and it works. */
const refusedBySystem =
  /no space left|quota exceeded|too many open files|permission denied|read-only file system|cannot allocate memory/i;

/** What LevelDB itself finds wrong is damage too, but not what the system refuses it; any other error stays what it is. */
export function damageOf(error: unknown, sequence: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'LEVEL_CORRUPTION' && code !== 'LEVEL_IO_ERROR') return error;
  const message = error instanceof Error ? error.message : String(error);
  if (refusedBySystem.test(message)) {
    return new StoreUnavailableError({
      reason: `The system refused it (${message})`,
      cause: error,
    });
  }
  return new IntegrityError({ sequence, reason: `LevelDB: ${message}`, cause: error });
}
