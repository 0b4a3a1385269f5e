import { hash } from 'node:crypto';
import type { AnyEvent } from '../event.ts';
import { deepFreeze } from '../plain-json.ts';
import { chainHash, type Sha256 } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import type { VectorClock } from '../vector-clock.ts';
import { checkedContent } from './checksum.ts';

/** A record as it is read back. Stored are checksum, chain hash, stream clock (if any), line feed and text. */
export interface StoredRecord {
  readonly event: AnyEvent;
  /** The record's JSON, as it was hashed. */
  readonly text: string;
  /** The hash chain up to and with this record (hex). */
  readonly hash: string;
  readonly streamClock: VectorClock | null;
}

/** Of a chain hash in hex. */
export const hashLength = 64;

/** @throws IntegrityError, which names the sequence, when it is damaged */
export function decodeRecord(value: string, sequence: number): StoredRecord {
  const content = checkedContent(value);
  if (content === undefined) {
    throw new IntegrityError({ sequence, reason: 'is damaged: its checksum does not fit' });
  }
  const lineEnd = content.indexOf('\n', hashLength);
  const text = content.slice(lineEnd + 1);
  const clock = content.slice(hashLength, lineEnd);
  const event: AnyEvent = JSON.parse(text); // the checksum says that it is what was written
  return {
    event: deepFreeze(event),
    text,
    hash: content.slice(0, hashLength),
    streamClock: clock === '' ? null : deepFreeze(JSON.parse(clock)),
  };
}

/** SHA-256 by OpenSSL: an order of magnitude quicker than the portable one, and equal to it. */
const nativeSha256: Sha256 = (text) => hash('sha256', text, 'hex');

/** @throws IntegrityError when the record does not follow from the hash before it */
export function checkLink(previous: string, { event, text, hash: stored }: StoredRecord): void {
  if (chainHash(nativeSha256, previous, text) !== stored) {
    throw new IntegrityError({ sequence: event.sequence, reason: 'breaks the hash chain' });
  }
}
