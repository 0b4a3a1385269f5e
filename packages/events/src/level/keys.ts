/*
 * Keys of the LevelDB database, by first letter: e events, s segments, c checkpoints, b buckets of the index, x its
 * manifest. Task ids and event ids never stand in a key, so no id can break one.
 */

const digits = 12; // 36 ** 11 > Number.MAX_SAFE_INTEGER

/** Event keys sort by sequence. */
export function eventKey(sequence: number): string {
  return `e${sequence.toString(36).padStart(digits, '0')}`;
}

export function sequenceOfKey(key: string): number {
  return Number.parseInt(key.slice(1), 36);
}

/** Bounds of all event keys: no sequence that can be written needs the first of the digits. */
export const eventKeys = { gte: 'e0', lt: 'e1' } as const;

/** Segment keys sort by the segment's number. */
export function segmentKey(number: number): string {
  return `s${number.toString(36).padStart(digits, '0')}`;
}

export function numberOfSegmentKey(key: string): number {
  return Number.parseInt(key.slice(1), 36);
}

/** Bounds of all segment keys. */
export const segmentKeys = { gte: 's0', lt: 's1' } as const;
