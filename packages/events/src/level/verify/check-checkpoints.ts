import type { LogHead } from '../../store/event-store.ts';
import { IntegrityError } from '../../store-errors.ts';
import type { LevelDatabase } from '../level-database.ts';
import { parseStoredCheckpoint, readCheckpoint } from '../stored-checkpoint.ts';

/** Whether each checkpoint is whole, found by its name and of the log. Gives how many there are. */
export async function checkCheckpoints(
  database: LevelDatabase,
  head: LogHead,
  report: (error: unknown) => void,
): Promise<number> {
  const entries = await database.read((db) => db.iterator({ gte: 'c', lt: 'd' }).all());
  for (const [key, value] of entries) {
    try {
      const { name, sequence } = parseStoredCheckpoint(value, nameOf(key));
      if ((await readCheckpoint(database, name)) === undefined) {
        const reason = `checkpoint ${JSON.stringify(name)} is not found by its name`;
        throw new IntegrityError({ sequence: 0, reason });
      }
      if (sequence > head.sequence) {
        const reason = `checkpoint ${JSON.stringify(name)} lies behind the log's end`;
        throw new IntegrityError({ sequence, reason });
      }
    } catch (error) {
      report(error);
    }
  }
  return entries.length;
}

function nameOf(key: string): string {
  try {
    return String(JSON.parse(key.slice(1)));
  } catch {
    throw new IntegrityError({
      sequence: 0,
      reason: `${JSON.stringify(key)} is no key of this store`,
    });
  }
}
