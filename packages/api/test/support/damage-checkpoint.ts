import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';

/** Changes the last letter of a stored checkpoint, as a bad disk would; nothing else may have the store open. */
export async function damageCheckpoint(path: string, name: string): Promise<void> {
  const db = new ClassicLevel(join(path, 'log'));
  const key = `c${JSON.stringify(name)}`;
  const value = await db.get(key);
  if (value === undefined) throw new Error(`There is no checkpoint ${name}`);
  await db.put(key, `${value.slice(0, -1)}?`);
  await db.close();
}
