import { isEventsError } from '../errors.ts';
import { isIntact } from './checksum.ts';
import { eventKeys, segmentKeys, sequenceOfKey, windowKey, windowKeys } from './keys.ts';
import type { LevelDatabase } from './level-database.ts';
import { openRecordStore } from './record-store.ts';

/**
 * Removes, of a damaged database's copy, what stands behind the log's end under a damaged key: the log would seem to
 * go on up to there, thousands of millions of events further.
 */
export async function removeStrayRows(database: LevelDatabase): Promise<void> {
  await removeStrayWindows(database);
  await removeStrayEvents(database);
}

/** The last window is that of the last segment that is intact: a checksum covers its key. */
async function removeStrayWindows(database: LevelDatabase): Promise<void> {
  const last = windowKey(await lastOfSegments(database));
  const windows = await database.read((db) => db.keys({ ...windowKeys, gte: last }).all());
  const batch = database.batch();
  for (const key of windows) if (key > last) batch.del(key);
  // Its directory is missing when it is the one that stands elsewhere: then an empty one counts as damaged.
  const isMissing = windows[0] !== last && sequenceOfKey(last) > 0;
  if (isMissing) batch.put(last, new Uint8Array(), { valueEncoding: 'view' });
  await batch.write();
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

async function removeStrayEvents(database: LevelDatabase): Promise<void> {
  const records = await openRecordStore(database);
  for (;;) {
    const newest = { ...eventKeys, reverse: true, limit: 1 };
    const [key] = await database.read((db) => db.keys(newest).all());
    if (key === undefined || sequenceOfKey(key) <= records.sealedUpTo()) return;
    try {
      await records.readOne(sequenceOfKey(key));
      return;
    } catch (error) {
      if (!isEventsError(error, 'INTEGRITY')) throw error;
    }
    await database.batch().del(key).write();
  }
}
