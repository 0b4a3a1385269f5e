import { type ChainedBatch, ClassicLevel } from 'classic-level';

/** A LevelDB handle that can be exchanged for a new one while readers wait. */
export interface LevelDatabase {
  /** Runs a read; one that a reopening cut off is run again. */
  read<T>(reading: (db: ClassicLevel) => Promise<T>): Promise<T>;
  batch(): ChainedBatch<ClassicLevel, string, string>;
  /** Closes and opens. What was written but not acknowledged may be there or not. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

const writeBufferSize = 64 * 1_048_576;

export async function openLevelDatabase(location: string): Promise<LevelDatabase> {
  let db = await open(location);
  let gate: Promise<void> | null = null;

  return {
    async read(reading) {
      for (;;) {
        if (gate) await gate;
        const used = db;
        try {
          return await reading(used);
        } catch (error) {
          if (used === db && gate === null) throw error;
        }
      }
    },
    batch: () => db.batch(),
    async reopen() {
      gate = (async () => {
        await db.close();
        db = await open(location);
      })();
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
  const db = new ClassicLevel(location, { writeBufferSize });
  await db.open();
  return db;
}
