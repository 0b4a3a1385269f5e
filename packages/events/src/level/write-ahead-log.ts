/*
 * LevelDB's log, read without LevelDB, which drops whole batches, and what follows them, behind one damaged byte.
 *
 * The format (LevelDB's doc/log_format.md, and the comment of write_batch.cc): blocks of 32 KiB; in them records of
 * checksum (4 bytes), length (2) and type (1: full, or first, middle and last part), none of which spans blocks. The
 * parts of a batch: sequence number (8), count (4), then per operation a tag (1: put, 0: delete), key and value, each
 * behind its length as a varint.
 *
 * Checksums are not looked at: whoever reads the values has better ones, of each event.
 */

const blockLength = 32_768;
const headerLength = 7;
const batchHeaderLength = 12;

const partTypes = { full: 1, first: 2, middle: 3, last: 4 } as const;

/** A value that was written, whole or damaged. */
export type LoggedPut = readonly [key: string, value: Uint8Array];

/** All puts that can be made out in a log file, in order. Deletions are not given. */
export function* readLoggedPuts(log: Uint8Array): Generator<LoggedPut> {
  let parts: Uint8Array[] = [];
  let hasHead = true;
  function* batch(): Generator<LoggedPut> {
    yield* putsOf(Buffer.concat(parts), hasHead);
    parts = [];
  }
  for (const part of partsOf(log)) {
    const begins = part?.type === partTypes.full || part?.type === partTypes.first;
    if (begins || part === null) yield* batch(); // what has no end is still worth reading
    if (begins || part === null) hasHead = begins;
    if (part === null) continue;
    parts.push(part.bytes);
    if (part.type !== partTypes.full && part.type !== partTypes.last) continue;
    yield* batch();
    hasHead = false;
  }
  yield* batch();
}

interface Part {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** The parts of batches; null where some are missing. */
function* partsOf(log: Uint8Array): Generator<Part | null> {
  for (let block = 0; block < log.length; block += blockLength) {
    const end = Math.min(log.length, block + blockLength);
    for (let at = block; at + headerLength <= end; ) {
      const length = (log[at + 4] ?? 0) + (log[at + 5] ?? 0) * 256;
      const from = at + headerLength;
      const isWhole = from + length <= end;
      const to = isWhole ? from + length : end;
      const part = { type: log[at + 6] ?? 0, bytes: log.subarray(from, to) };
      // A length that leads out of the block is damaged: all up to the next block is one piece of something.
      if (isWhole) yield part;
      else yield* [null, part, null];
      at = to;
    }
  }
}

/** Reads operation by operation; behind what cannot be one it goes on with the next group of events. */
function* putsOf(batch: Buffer, hasHead: boolean): Generator<LoggedPut> {
  for (let at = hasHead ? batchHeaderLength : nextGroup(batch, 0); at < batch.length; ) {
    const operation = operationAt(batch, at);
    if (operation?.value) yield [operation.key, operation.value];
    at = operation?.end ?? nextGroup(batch, at + 1);
  }
}

interface Operation {
  readonly key: string;
  /** Null: it was a deletion. */
  readonly value: Uint8Array | null;
  readonly end: number;
}

function operationAt(batch: Buffer, at: number): Operation | null {
  const tag = batch[at];
  const key = tag === 0 || tag === 1 ? slice(batch, at + 1) : null;
  const name = key?.bytes.toString() ?? '';
  if (key === null || !storedKey.test(name)) return null;
  if (tag === 0) return { key: name, value: null, end: key.end };
  const value = slice(batch, key.end);
  return value && { key: name, value: value.bytes, end: value.end };
}

/** All kinds of keys that a store has. */
const storedKey = /^([ewo][0-9a-z]{12}$|s[0-9a-z]{16}$|[bc]|x$)/;

/** A put of a group of events: the tag, the length of its key, `e`. No text of ours has such bytes. */
const groupPut = Buffer.from([1, 13, 0x65]);

function nextGroup(batch: Buffer, from: number): number {
  const at = batch.indexOf(groupPut, from);
  return at < 0 ? batch.length : at;
}

function slice(batch: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } | null {
  let length = 0;
  let from = at;
  for (let scale = 1; ; scale *= 128) {
    const byte = batch[from++];
    if (byte === undefined || scale > 2 ** 28) return null;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  const end = from + length;
  return end <= batch.length ? { bytes: batch.subarray(from, end), end } : null;
}
