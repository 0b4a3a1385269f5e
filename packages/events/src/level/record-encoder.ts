import { hash as hashOf } from 'node:crypto';
import type { LogRecord } from '../store/event-log.ts';
import { checksumLength, putChecksum } from './checksum.ts';
import { hashLength } from './stored-record.ts';

/** What is stored of a record. */
export type RecordText = Pick<LogRecord, 'place' | 'body' | 'streamClock'>;

/** So many bytes a record takes at most: UTF-8 needs up to three for a UTF-16 unit. */
export function mostBytesOf({ place, body, streamClock }: RecordText): number {
  const clock = streamClock === null ? '' : JSON.stringify(streamClock);
  return checksumLength + hashLength + 1 + (clock.length + place.length + body.length) * 3;
}

/**
 * Writes a record to where the buffer has room for it. The text is turned into bytes once, for the hash, the checksum
 * and LevelDB alike.
 *
 * @returns the record's chain hash, and where it ends
 */
export function encodeRecord(
  buffer: Buffer,
  at: number,
  previousHash: string,
  { place, body, streamClock }: RecordText,
): { readonly hash: string; readonly end: number } {
  const clock = streamClock === null ? '' : JSON.stringify(streamClock);
  const hashAt = at + checksumLength;
  const clockAt = hashAt + hashLength;
  const textAt = clockAt + (clock === '' ? 0 : Buffer.byteLength(clock)) + 1;
  // The previous hash stands before the text only while both are hashed as one.
  const chainedAt = textAt - previousHash.length;
  const end = chainedAt + buffer.write(previousHash + place + body, chainedAt);
  const hash = hashOf('sha256', buffer.subarray(chainedAt, end), 'hex');
  buffer.write(hash, hashAt, 'latin1');
  if (clock !== '') buffer.write(clock, clockAt);
  buffer[textAt - 1] = 0x0a;
  putChecksum(buffer.subarray(at, end));
  return { hash, end };
}
