import type { ChainedBatch, ClassicLevel } from 'classic-level';
import { z } from 'zod';
import type { Checkpoint } from '../store/event-store.ts';
import { IntegrityError } from '../store-errors.ts';
import { checkedContent, withChecksum } from './checksum.ts';
import type { LevelDatabase } from './level-database.ts';

/*
 * Position and state are one value: should LevelDB bring back an older one after damage, it is an
 * earlier state at its own position, from which a projection catches up.
 */

const checkpointSchema = z.object({
  name: z.string(),
  sequence: z.int().nonnegative(),
  state: z.unknown(),
});

/** Names stand in keys as JSON: reversible for any string. */
export function checkpointKey(name: string): string {
  return `c${JSON.stringify(name)}`;
}

export function writeCheckpoint(
  batch: ChainedBatch<ClassicLevel, string, string>,
  checkpoint: Checkpoint,
): void {
  batch.put(checkpointKey(checkpoint.name), withChecksum(JSON.stringify(checkpoint)));
}

/** @throws IntegrityError when it is damaged */
export async function readCheckpoint(
  database: LevelDatabase,
  name: string,
): Promise<Checkpoint | undefined> {
  const value = await database.read((db) => db.get(checkpointKey(name)));
  return value === undefined ? undefined : parseStoredCheckpoint(value, name);
}

/** @throws IntegrityError when it is damaged, or another's */
export function parseStoredCheckpoint(value: string, name: string): Checkpoint {
  const content = checkedContent(value);
  const checkpoint =
    content === undefined ? undefined : checkpointSchema.safeParse(JSON.parse(content)).data;
  if (checkpoint?.name === name) return checkpoint;
  throw new IntegrityError({
    sequence: 0,
    reason: `checkpoint ${JSON.stringify(name)} is damaged`,
  });
}
