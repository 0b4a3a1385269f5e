import type { ChainedBatch, ClassicLevel } from 'classic-level';
import { z } from 'zod';
import { checkedContent, withChecksum } from '../checksum.ts';
import type { LevelDatabase } from '../level-database.ts';
import type { Run } from './run.ts';

const manifestKey = 'x';

const manifestSchema = z
  .array(z.object({ first: z.int().positive(), last: z.int().positive() }))
  .refine((runs) => runs.every(({ first }, i) => first === (runs[i - 1]?.last ?? 0) + 1));

/** The runs, oldest first; none when the manifest is missing or damaged: the index is built anew then. */
export async function readManifest(database: LevelDatabase): Promise<readonly Run[]> {
  const value = await database.read((db) => db.get(manifestKey));
  const content = value === undefined ? undefined : checkedContent(value);
  const runs =
    content === undefined ? undefined : manifestSchema.safeParse(JSON.parse(content)).data;
  return runs ?? [];
}

export function writeManifest(
  batch: ChainedBatch<ClassicLevel, string, string>,
  runs: readonly Run[],
): void {
  batch.put(manifestKey, withChecksum(JSON.stringify(runs)));
}
