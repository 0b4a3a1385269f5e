/*
 * A segment: some records of a window, those of a task together. Little-endian.
 *
 *   0  u32  CRC-32 over the key and all that follows
 *   4  u8   format (2)
 *   5  u8   1: the text is UTF-16, else Latin-1
 *   6  u16  how many records
 *   8  u16  how many strings the table has
 *  10  u16  how many shared values
 *  12  u32  length of the values, in bytes
 *  16  u32  length of the shapes, in bytes
 *  20  f64  the window's first sequence
 *  28       for each shared value, then for each record: u32 where its values begin, u32 where its text begins
 *           for each record: u16 its sequence, from the window's first on
 *           for each record: 32 bytes of chain hash
 *           for each string of the table: u8 its length, in UTF-16 units
 *           values: the shared ones, then those of each record
 *           shapes: lists of keys, separated by line feeds
 *           text: of the table, of the shared values, then of each record
 *
 * All that decoding needs is in the segment: there is nothing outside that could be lost.
 */

/** Which segment: the `number`-th (from 0) of the window of these sequences. */
export interface SegmentPlace {
  readonly first: number;
  readonly last: number;
  readonly number: number;
}

export const format = 2;
export const headerLength = 28;
/** Of a shared value or a record: where it begins. */
export const placeLength = 8;
export const hashBytes = 32;

/** How much there is of each. */
export interface SegmentCounts {
  readonly records: number;
  readonly strings: number;
  readonly shared: number;
}

/** Where the parts of a segment begin. */
export interface SegmentParts extends SegmentCounts {
  readonly first: number;
  readonly wide: boolean;
  readonly recordsAt: number;
  readonly sequencesAt: number;
  readonly hashesAt: number;
  readonly stringsAt: number;
  readonly valuesAt: number;
  readonly shapesAt: number;
  readonly textAt: number;
}

/** Of the parts whose lengths follow from how much there is. */
export function beginnings({ records, strings, shared }: SegmentCounts) {
  const recordsAt = headerLength + shared * placeLength;
  const sequencesAt = recordsAt + records * placeLength;
  const hashesAt = sequencesAt + records * 2;
  const stringsAt = hashesAt + records * hashBytes;
  return { recordsAt, sequencesAt, hashesAt, stringsAt, valuesAt: stringsAt + strings };
}

export function partsOf(segment: Buffer): SegmentParts {
  const counts = {
    records: segment.readUInt16LE(6),
    strings: segment.readUInt16LE(8),
    shared: segment.readUInt16LE(10),
  };
  const begin = beginnings(counts);
  const shapesAt = begin.valuesAt + segment.readUInt32LE(12);
  return {
    ...counts,
    ...begin,
    first: segment.readDoubleLE(20),
    wide: segment[5] === 1,
    shapesAt,
    textAt: shapesAt + segment.readUInt32LE(16),
  };
}
