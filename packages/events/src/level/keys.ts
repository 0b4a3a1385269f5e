/*
 * Keys of the LevelDB database. Each kind has its first letter; event keys sort by sequence.
 * Task ids and event ids never stand in a key; checkpoint names do, as JSON: reversible for any string.
 */

const digits = 11; // 36 ** 11 > Number.MAX_SAFE_INTEGER

export function eventKey(sequence: number): string {
  return `e${sequence.toString(36).padStart(digits, '0')}`;
}

export function sequenceOfKey(key: string): number {
  return Number.parseInt(key.slice(1), 36);
}

/** Bounds of all event keys: `gte` … `lt`. */
export const eventKeys = { gte: 'e', lt: 'f' } as const;

export function checkpointKey(name: string): string {
  return `c${JSON.stringify(name)}`;
}
