import { IntegrityError } from '../store-errors.ts';
import { isIntact } from './checksum.ts';
import { segmentKeys, sequenceOfKey, windowKey, windowKeys } from './keys.ts';
import type { LevelDatabase } from './level-database.ts';

/**
 * Removes, of a damaged database's copy, windows that stand behind the log's end under a damaged key: the log would seem
 * to be sealed up to there, thousands of millions of events further.
 *
 * The last window is that of the last segment that is intact: a checksum covers its key.
 *
 * @returns what was wrong
 */
export async function removeStrayWindows(
  database: LevelDatabase,
): Promise<readonly IntegrityError[]> {
  const last = windowKey(await lastOfSegments(database));
  const windows = await database.read((db) => db.keys({ ...windowKeys, gte: last }).all());
  const batch = database.batch();
  const stray = windows.filter((key) => key > last);
  for (const key of stray) batch.del(key);
  // Its directory is missing when it is the one that stands elsewhere: then an empty one counts as damaged.
  const isMissing = windows[0] !== last && sequenceOfKey(last) > 0;
  if (isMissing) batch.put(last, new Uint8Array(), { valueEncoding: 'view' });
  await batch.write();
  return stray.map((key) => {
    const reason = `there is a directory of sealed events up to ${sequenceOfKey(key)}, but none of them`;
    return new IntegrityError({ sequence: 0, reason });
  });
}

/** The last sequence of the last sealed window; 0: there is none. */
async function lastOfSegments(database: LevelDatabase): Promise<number> {
  return database.read(async (db) => {
    const newest = { ...segmentKeys, reverse: true, valueEncoding: 'view' } as const;
    for await (const [key, value] of db.iterator<string, Uint8Array>(newest)) {
      if (isIntact(key, value)) return sequenceOfKey(key.slice(0, windowKey(0).length));
    }
    return 0;
  });
}
