import { hash as hashOf } from 'node:crypto';
import type { LogRecord } from '../store/event-log.ts';
import { checksumLength, putChecksum } from './checksum.ts';
import { hashLength } from './stored-record.ts';

/** Makes stored values of records, and their chain hashes. */
export interface RecordEncoder {
  /** @returns the record's chain hash; `value` holds until the next call */
  encode(
    previousHash: string,
    record: Pick<LogRecord, 'place' | 'body' | 'streamClock'>,
  ): { readonly hash: string; readonly value: Uint8Array };
}

const scratchLength = 64 * 1_024;

/**
 * Works in one buffer that every record reuses: the text is turned into bytes once, for the hash, the
 * checksum and LevelDB alike. Larger records get a buffer of their own.
 */
export function createRecordEncoder(): RecordEncoder {
  const scratch = Buffer.allocUnsafeSlow(scratchLength);
  return {
    encode(previousHash, { place, body, streamClock }) {
      const clock = streamClock === null ? '' : JSON.stringify(streamClock);
      const clockLength = clock === '' ? 0 : Buffer.byteLength(clock);
      const textAt = checksumLength + hashLength + clockLength + 1;
      const buffer =
        textAt + (place.length + body.length) * 3 <= scratchLength
          ? scratch
          : Buffer.allocUnsafeSlow(textAt + Buffer.byteLength(place) + Buffer.byteLength(body));
      const bodyAt = textAt + buffer.write(place, textAt);
      const end = bodyAt + buffer.write(body, bodyAt);
      // The previous hash stands before the text only while both are hashed as one.
      const chained = textAt - previousHash.length;
      buffer.write(previousHash, chained, 'latin1');
      const hash = hashOf('sha256', buffer.subarray(chained, end), 'hex');
      buffer.write(hash, checksumLength, 'latin1');
      if (clock !== '') buffer.write(clock, checksumLength + hashLength);
      buffer[textAt - 1] = 0x0a;
      const value = buffer.subarray(0, end);
      putChecksum(value);
      return { hash, value };
    },
  };
}
