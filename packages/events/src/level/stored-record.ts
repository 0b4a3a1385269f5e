import { crc32 } from 'node:zlib';
import type { AnyEvent } from '../event.ts';
import { deepFreeze } from '../plain-json.ts';
import { IntegrityError } from '../store-errors.ts';
import type { VectorClock } from '../vector-clock.ts';

/** A record as it is read back. */
export interface StoredRecord {
  readonly event: AnyEvent;
  /** The record's JSON, as it was hashed. */
  readonly text: string;
  /** The hash chain up to and with this record (hex). */
  readonly hash: string;
  readonly streamClock: VectorClock | null;
}

const checksumLength = 8;
const hashEnd = checksumLength + 64;

/** LevelDB values carry their own CRC-32 in front: LevelDB itself returns flipped bits without a word. */
export function withChecksum(content: string): string {
  return checksum(content) + content;
}

/** @returns the content; undefined when it is damaged */
export function checkedContent(value: string): string | undefined {
  const content = value.slice(checksumLength);
  return value.startsWith(checksum(content)) ? content : undefined;
}

function checksum(content: string): string {
  return crc32(content).toString(16).padStart(checksumLength, '0');
}

/** CRC-32, chain hash, stream clock (where there is one), line feed, record text. */
export function encodeRecord(text: string, hash: string, streamClock: VectorClock | null): string {
  return withChecksum(`${hash}${streamClock === null ? '' : JSON.stringify(streamClock)}\n${text}`);
}

/** @throws IntegrityError when the value is missing, damaged, or another record's */
export function decodeRecord(value: string | undefined, sequence: number): StoredRecord {
  if (value === undefined) throw new IntegrityError({ sequence, reason: 'is missing' });
  if (checkedContent(value) === undefined) {
    throw new IntegrityError({ sequence, reason: 'is damaged: its checksum does not fit' });
  }
  const lineEnd = value.indexOf('\n', hashEnd);
  const text = value.slice(lineEnd + 1);
  const clock = value.slice(hashEnd, lineEnd);
  const event: AnyEvent = JSON.parse(text); // the checksum says that it is what was written
  if (event.sequence !== sequence) {
    throw new IntegrityError({ sequence, reason: `event ${event.sequence} stands in its place` });
  }
  return {
    event: deepFreeze(event),
    text,
    hash: value.slice(checksumLength, hashEnd),
    streamClock: clock === '' ? null : deepFreeze(JSON.parse(clock)),
  };
}
