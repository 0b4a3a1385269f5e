import { join } from 'node:path';
import type { LogHead } from '../store/event-store.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { type LevelDatabase, openLevelDatabase } from './level-database.ts';
import { openRecordStore } from './record-store.ts';
import { openWitness } from './witness-file.ts';

const pageBytes = 4 * 1_048_576;

/**
 * Copies a consistent state of the log into an empty folder, while appends go on.
 *
 * It reads through a LevelDB snapshot: copying the files of an open database would lose its lock.
 *
 * @returns the head of the copy
 */
export async function copyLog(source: LevelDatabase, into: string): Promise<LogHead> {
  const copy = await openLevelDatabase(join(into, 'log'));
  let head: LogHead = { sequence: 0, hash: emptyLogHash };
  try {
    await source.read(async (db) => {
      const snapshot = db.snapshot();
      const iterator = db.iterator({
        snapshot,
        keyEncoding: 'view',
        valueEncoding: 'view',
        highWaterMarkBytes: pageBytes,
      });
      try {
        for (;;) {
          const entries = await iterator.nextv(1_000);
          if (entries.length === 0) break;
          const batch = copy.batch();
          for (const [key, value] of entries) {
            batch.put(key, value, { keyEncoding: 'view', valueEncoding: 'view' });
          }
          await batch.write({ sync: true });
        }
      } finally {
        await iterator.close();
        await snapshot.close();
      }
    });
    const records = await openRecordStore(copy);
    const sequence = records.last();
    if (sequence > 0) head = { sequence, hash: (await records.readOne(sequence)).hash };
  } finally {
    await copy.close();
  }
  const witness = openWitness(into);
  if (head.sequence > 0) witness.record(head);
  witness.close();
  return head;
}
