/*
 * Keys of the LevelDB database, by first letter: e events, c checkpoints, b buckets of the index, x its
 * manifest. Task ids and event ids never stand in a key, so no id can break one.
 */

const digits = 11; // 36 ** 11 > Number.MAX_SAFE_INTEGER

/** Event keys sort by sequence. */
export function eventKey(sequence: number): string {
  return `e${sequence.toString(36).padStart(digits, '0')}`;
}

export function sequenceOfKey(key: string): number {
  return Number.parseInt(key.slice(1), 36);
}

/** Bounds of all event keys. */
export const eventKeys = { gte: 'e', lt: 'f' } as const;
