import { IntegrityError } from '../../store-errors.ts';
import { groupKeys, outlineKeys, segmentKeys, windowKeys } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';

/** Ranges in which no key can be; a damaged key may turn up there. */
const emptyRanges = [
  { lt: 'b' },
  { gte: 'd', lt: groupKeys.gte },
  { gte: groupKeys.lt, lt: outlineKeys.gte },
  { gte: outlineKeys.lt, lt: segmentKeys.gte },
  { gte: segmentKeys.lt, lt: windowKeys.gte },
  { gte: windowKeys.lt, lt: 'x' },
  { gt: 'x' },
];

/** Whether all keys are of a kind that a store has. */
export async function checkKeys(
  database: LevelDatabase,
  report: (error: unknown) => void,
): Promise<void> {
  for (const range of emptyRanges) {
    for (const key of await database.read((db) => db.keys({ ...range, limit: 10 }).all())) {
      const reason = `${JSON.stringify(key)} is no key of this store`;
      report(new IntegrityError({ sequence: 0, reason }));
    }
  }
}
