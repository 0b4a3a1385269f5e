import { stampChecksum } from '../checksum.ts';
import { hashOf, maxRunLength } from './posting-list.ts';

/*
 * One bucket: a CRC-32 over its key and content, then for each hash, rising: the difference from the
 * hash before, how many offsets, and those, each as the difference from the one before. All numbers
 * are little-endian base-128 varints.
 */

const checksumLength = 4;

/** @param postings sorted */
export function encodeBucket(key: string, postings: Float64Array): Uint8Array {
  // At most 5 bytes for a hash, 3 for a count, 3 for an offset.
  const bytes = Buffer.allocUnsafe(checksumLength + postings.length * 11);
  let end = checksumLength;
  const write = (number: number) => {
    let rest = number;
    while (rest > 0x7f) {
      bytes[end++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[end++] = rest;
  };
  let lastHash = 0;
  for (let i = 0; i < postings.length; ) {
    const hash = hashOf(postings[i] ?? 0);
    const from = i;
    while (i < postings.length && hashOf(postings[i] ?? 0) === hash) i++;
    write(hash - lastHash);
    write(i - from);
    let last = hash * maxRunLength;
    for (let at = from; at < i; at++) {
      const posting = postings[at] ?? 0;
      write(posting - last);
      last = posting;
    }
    lastHash = hash;
  }
  return stampChecksum(key, bytes.subarray(0, end));
}

/** An intact bucket in which many keys are looked up. */
export interface OpenedBucket {
  readonly byteLength: number;
  /** The offsets of one hash, rising. */
  find(hash: number): number[];
}

/** Reads it once, so that a lookup is a binary search and not a scan of half the bucket. */
export function openBucket(bucket: Uint8Array): OpenedBucket {
  const hashes: number[] = [];
  const starts: number[] = [];
  const scan = createReader(bucket, checksumLength);
  for (let hash = 0; !scan.atEnd(); ) {
    hash += scan.next();
    hashes.push(hash);
    starts.push(scan.position());
    scan.skip(scan.next());
  }
  const [sortedHashes, startOf] = [Uint32Array.from(hashes), Uint32Array.from(starts)];
  return {
    byteLength: bucket.byteLength + sortedHashes.byteLength + startOf.byteLength,
    find(hash) {
      const at = indexOf(sortedHashes, hash);
      const start = startOf[at];
      if (start === undefined || sortedHashes[at] !== hash) return [];
      const reader = createReader(bucket, start);
      return offsets(reader, reader.next());
    },
  };
}

/** Of the first that is not less. */
function indexOf(rising: Uint32Array, hash: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Calls `visit` with each posting of an intact bucket, rising. */
export function visitPostings(bucket: Uint8Array, visit: (posting: number) => void): void {
  const reader = createReader(bucket, checksumLength);
  let hash = 0;
  while (!reader.atEnd()) {
    hash += reader.next();
    let posting = hash * maxRunLength;
    for (let left = reader.next(); left > 0; left--) {
      posting += reader.next();
      visit(posting);
    }
  }
}

interface VarintReader {
  next(): number;
  skip(count: number): void;
  atEnd(): boolean;
  position(): number;
}

function createReader(bucket: Uint8Array, from: number): VarintReader {
  let at = from;
  return {
    next() {
      let number = 0;
      let scale = 1;
      for (;;) {
        const byte = bucket[at++] ?? 0;
        if (byte < 0x80) return number + byte * scale;
        number += (byte - 0x80) * scale;
        scale *= 0x80;
      }
    },
    skip(count) {
      for (let left = count; left > 0; at++) if ((bucket[at] ?? 0) < 0x80) left--;
    },
    atEnd: () => at >= bucket.length,
    position: () => at,
  };
}

function offsets(reader: VarintReader, count: number): number[] {
  const list: number[] = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    offset += reader.next();
    list.push(offset);
  }
  return list;
}
