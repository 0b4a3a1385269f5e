import type { LogRecord } from '../store/event-log.ts';
import { IntegrityError } from '../store-errors.ts';
import { encodeRecord, mostBytesOf } from './record-encoder.ts';
import { decodeRecord, type StoredRecord } from './stored-record.ts';

/*
 * Consecutive records that were committed together, as one LevelDB value: handing over a value costs as much as
 * all our own work on it. A record is two lines, each group is named by the sequence of its last record; each record
 * has a checksum and a hash of its own, so that damage to one concerns no other.
 */

/** Records of a group, at most: to read one of them all are fetched, and a sixteenth of the cost is little already. */
export const mostGroupRecords = 16;

/** A group is closed when it has so many bytes. */
const closingBytes = 16_384;

const scratchLength = 2 * closingBytes;

const lineFeed = 0x0a;

/**
 * Puts consecutive records into groups.
 *
 * @param previousHash of the chain, before the first
 * @param put is called with each group, named by its last sequence; the value holds until it returns
 * @returns the chain's hash behind the last
 */
export type GroupEncoder = (
  previousHash: string,
  records: readonly LogRecord[],
  put: (last: number, value: Uint8Array) => void,
) => string;

/** Works in one buffer that all groups reuse; one that a large record needs is dropped with its group. */
export function createGroupEncoder(): GroupEncoder {
  const scratch = Buffer.allocUnsafeSlow(scratchLength);
  return (previousHash, records, put) => {
    let hash = previousHash;
    let buffer: Buffer = scratch;
    let end = 0;
    let count = 0;
    for (const record of records) {
      buffer = withRoom(buffer, end, 1 + mostBytesOf(record));
      if (count > 0) buffer[end++] = lineFeed;
      ({ hash, end } = encodeRecord(buffer, end, hash, record));
      count += 1;
      if (count < mostGroupRecords && end < closingBytes && record !== records.at(-1)) continue;
      put(record.event.sequence, buffer.subarray(0, end));
      buffer = scratch;
      end = 0;
      count = 0;
    }
    return hash;
  };
}

/** A buffer that has room for so much behind `end`. */
function withRoom(buffer: Buffer, end: number, bytes: number): Buffer {
  if (end + bytes <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafeSlow(end + bytes);
  buffer.copy(larger, 0, 0, end);
  return larger;
}

/** A group as it is read back. */
export interface RecordGroup {
  /** Quickest in rising order. @throws IntegrityError when it is not in the group, or damaged */
  read(sequence: number): StoredRecord;
}

export function openGroup(value: string): RecordGroup {
  let at = 0;

  /** Where the line feed before the record's text is: found by what it says, so no damage elsewhere can hide it. */
  function find(sequence: number): number {
    const begin = `\n{"sequence":${sequence},`;
    const found = value.indexOf(begin, at);
    return found === -1 && at > 0 ? value.indexOf(begin) : found;
  }

  return {
    read(sequence) {
      const found = find(sequence);
      if (found === -1) throw new IntegrityError({ sequence, reason: 'is missing' });
      const from = found === 0 ? 0 : value.lastIndexOf('\n', found - 1) + 1;
      const next = value.indexOf('\n', found + 1);
      at = next === -1 ? value.length : next;
      return decodeRecord(value.slice(from, at), sequence);
    },
  };
}
