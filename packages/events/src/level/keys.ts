/*
 * Keys of the LevelDB database, by first letter: e groups of events; w, o, s the directory, the outlines and the
 * segments of sealed windows; c checkpoints, b buckets of the index, x its manifest. Task ids and event ids never stand
 * in a key, so no id can break one.
 */

const digits = 12; // 36 ** 11 > Number.MAX_SAFE_INTEGER

function sortable(number: number, length = digits): string {
  return number.toString(36).padStart(length, '0');
}

/** A group is named by its last sequence: the first key from a sequence's on is that of the group which holds it. */
export function groupKey(last: number): string {
  return `e${sortable(last)}`;
}

/** A window is named likewise. */
export function windowKey(last: number): string {
  return `w${sortable(last)}`;
}

export function outlinesKey(last: number): string {
  return `o${sortable(last)}`;
}

const segmentDigits = 4;

/** Segments of a window, by its last sequence, sort by their number from 0. */
export function segmentKey(last: number, number: number): string {
  return `s${sortable(last)}${sortable(number, segmentDigits)}`;
}

/** Bounds of the keys of all segments that a window can have. */
export function segmentKeysOf(last: number): { readonly gte: string; readonly lte: string } {
  return { gte: segmentKey(last, 0), lte: segmentKey(last, 36 ** segmentDigits - 1) };
}

/** Which segment of its window it is, by its key. */
export function numberOfSegmentKey(key: string): number {
  return Number.parseInt(key.slice(-segmentDigits), 36);
}

/** The sequence in the key of a group or a window. */
export function sequenceOfKey(key: string): number {
  return Number.parseInt(key.slice(1), 36);
}

/** Bounds of all keys of a kind: no sequence that can be written needs the first of the digits. */
export const groupKeys = { gte: 'e0', lt: 'e1' } as const;
export const windowKeys = { gte: 'w0', lt: 'w1' } as const;
export const outlineKeys = { gte: 'o0', lt: 'o1' } as const;
export const segmentKeys = { gte: 's0', lt: 's1' } as const;
