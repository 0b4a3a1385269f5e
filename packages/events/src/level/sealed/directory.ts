import { IntegrityError } from '../../store-errors.ts';
import { asBuffer, isIntact, stampChecksum } from '../checksum.ts';
import { windowKey } from '../keys.ts';
import { isOfFormat } from './row-format.ts';

/*
 * The directory of a window: what is where. Small, and kept in memory once it was read. Little-endian.
 *
 *   0  u32  CRC-32 over the key and all that follows
 *   4  u8   format (1), three bytes of nothing
 *   8  f64  the window's first sequence
 *  16       for each segment: u32 hash of its first task, u32 its length in bytes,
 *           u32 its first record's sequence, from the window's first on
 */

const headerLength = 16;
const entryLength = 12;
const format = 1;

/** What a directory says of one segment. Its events are sorted by the hash of their task, then by sequence. */
export interface SegmentEntry {
  readonly firstHash: number;
  readonly byteLength: number;
  /** That of its first record, which need not be the least. */
  readonly firstSequence: number;
}

export interface Directory {
  readonly first: number;
  readonly last: number;
  /** How many segments there are. */
  readonly count: number;
  entry(segment: number): SegmentEntry;
  /** Where a task's event is, by the hash of the task: a task begins in a segment and ends in it, or has its own. */
  segmentOf(hash: number, sequence: number): number;
}

export function encodeDirectory(
  { first, last }: { readonly first: number; readonly last: number },
  segments: readonly SegmentEntry[],
): Buffer {
  const row = Buffer.alloc(headerLength + segments.length * entryLength);
  row.writeUInt8(format, 4);
  row.writeDoubleLE(first, 8);
  for (const [i, { firstHash, byteLength, firstSequence }] of segments.entries()) {
    row.writeUInt32LE(firstHash, headerLength + i * entryLength);
    row.writeUInt32LE(byteLength, headerLength + i * entryLength + 4);
    row.writeUInt32LE(firstSequence - first, headerLength + i * entryLength + 8);
  }
  return stampChecksum(windowKey(last), row);
}

/** @throws IntegrityError when it is damaged */
export function openDirectory(last: number, value: Uint8Array): Directory {
  const row = asBuffer(value);
  const key = windowKey(last);
  const what = `the directory of the sealed events up to ${last}`;
  if (!isIntact(key, row) || !isOfFormat(row, format, { sequence: last, what })) {
    throw new IntegrityError({ sequence: last, reason: `${what} is damaged` });
  }
  const first = row.readDoubleLE(8);
  const count = (row.length - headerLength) / entryLength;
  const hashAt = (segment: number) => row.readUInt32LE(headerLength + segment * entryLength);
  const sequenceAt = (segment: number) =>
    first + row.readUInt32LE(headerLength + segment * entryLength + 8);

  /** The first segment whose first hash is at least this: a binary search. */
  function atLeast(hash: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (hashAt(middle) < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    first,
    last,
    count,
    entry: (segment) => ({
      firstHash: hashAt(segment),
      byteLength: row.readUInt32LE(headerLength + segment * entryLength + 4),
      firstSequence: sequenceAt(segment),
    }),
    segmentOf(hash, sequence) {
      let segment = atLeast(hash);
      if (segment === count || hashAt(segment) !== hash) return Math.max(0, segment - 1);
      // A large task has segments that begin with it, by sequence.
      while (
        segment + 1 < count &&
        hashAt(segment + 1) === hash &&
        sequenceAt(segment + 1) <= sequence
      )
        segment += 1;
      return segment;
    },
  };
}
