import { countUpTo } from '../store/sequence-index.ts';
import { groupKey, groupKeys, sequenceOfKey } from './keys.ts';
import type { LevelDatabase } from './level-database.ts';
import { mostGroupRecords } from './record-group.ts';

/** The groups of records that are not sealed yet, each by its last sequence, rising. */
export interface GroupList {
  /** Sequence of the last record; 0: there is none. */
  last(): number;
  /** The group that holds a record, if there is one. */
  holding(sequence: number): number | undefined;
  /** The first sequence from this one on that a group can hold; Infinity: there is none. */
  nextFrom(sequence: number): number;
  /** Those that hold a range. */
  between(from: number, to: number): readonly number[];
  /** Those that hold nothing behind `last`. */
  upTo(last: number): readonly number[];
  /** Groups were stored behind the others. */
  add(groups: readonly number[]): void;
  /** All up to `last` were deleted. */
  drop(last: number): void;
}

const keysPerPage = 10_000;

/** Reads the keys of the groups that hold something behind `after`. */
export async function readGroupList(database: LevelDatabase, after: number): Promise<GroupList> {
  const groups = await database.read(async (db) => {
    const found: number[] = [];
    const keys = db.keys({ gte: groupKey(after + 1), lt: groupKeys.lt });
    try {
      for (;;) {
        const page = await keys.nextv(keysPerPage);
        if (page.length === 0) return found;
        // A damaged key is passed over: what it named is missing then.
        for (const key of page) {
          const last = sequenceOfKey(key);
          if (Number.isSafeInteger(last) && groupKey(last) === key) found.push(last);
        }
      }
    } finally {
      await keys.close();
    }
  });

  function nextFrom(sequence: number): number {
    const group = groups[countUpTo(groups, sequence - 1)] ?? Number.POSITIVE_INFINITY;
    return Math.max(sequence, group - mostGroupRecords + 1);
  }

  return {
    last: () => groups.at(-1) ?? 0,
    nextFrom,
    holding: (sequence) =>
      nextFrom(sequence) === sequence ? groups[countUpTo(groups, sequence - 1)] : undefined,
    between: (from, to) => groups.slice(countUpTo(groups, from - 1), countUpTo(groups, to - 1) + 1),
    upTo: (last) => groups.slice(0, countUpTo(groups, last)),
    add(stored) {
      for (const group of stored) groups.push(group);
    },
    drop(last) {
      groups.splice(0, countUpTo(groups, last));
    },
  };
}
