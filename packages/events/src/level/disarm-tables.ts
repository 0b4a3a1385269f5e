import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from './crc32c.ts';

/*
 * LevelDB reads blocks of its tables without looking at their checksums. Keys that it makes of a damaged one, a page of
 * zeros for example, fail its assertions, which end the process: those that are too short, those out of order when a
 * table is made of them, and none at all. A block of an unknown type it refuses with an error, and reads on behind it.
 * One that is damaged otherwise it had better read: whoever reads the values has checksums of each event.
 *
 * A table ends in a footer: where its metadata and its index of blocks lie, padded, and a magic number (8). Both are
 * blocks that list others. An entry of a block: the lengths of what its key shares with the one before, of the rest of
 * the key and of the value, then that rest and the value. Behind the entries stand the places at which reading can
 * begin (4 each), and how many (4). Behind each block stand its type (1) and its masked checksum (4).
 */

const footerLength = 48;
const magicLength = 8;
const trailerLength = 5;
/** Not compressed, as all blocks that this package writes. */
const plainType = 0;
const unknownType = 0xff;
/** A key ends in its sequence number and type. */
const shortestKey = 8;

/** In a copy of a database, makes each block of a table that would end the process one that LevelDB refuses to read. */
export async function disarmTables(location: string): Promise<void> {
  for (const name of await readdir(location)) {
    if (/\.(ldb|sst)$/.test(name)) await disarmTable(join(location, name));
  }
}

/** The same with one table. */
export async function disarmTable(path: string): Promise<void> {
  const places = dangers(await readFile(path));
  if (places.length === 0) return;
  const file = await open(path, 'r+');
  try {
    for (const at of places) await file.write(Buffer.of(unknownType), 0, 1, at);
  } finally {
    await file.close();
  }
}

/** Where the types of dangerous blocks stand; where the blocks themselves cannot be found, the magic number. */
function dangers(table: Buffer): readonly number[] {
  const footer = table.length - footerLength;
  if (footer < 0) return [];
  const isWithin = ({ end }: Block) => end + trailerLength <= footer;
  const meta = blockAt(table, footer);
  const index = blockAt(table, meta.next);
  if (!isWithin(meta) || !isWithin(index)) return [table.length - magicLength];
  const data = blocksOf(table, index);
  if (isDangerous(table, index) || !data.every(isWithin)) return [index.end];
  // What is damaged of the metadata, as the filter of keys, LevelDB does without.
  const metadata = [meta, ...blocksOf(table, meta).filter(isWithin)];
  return [
    ...metadata.filter((block) => !isSound(table, block)),
    ...data.filter((block, i) => isDangerous(table, block, data[i - 1]?.key)),
  ].map(({ end }) => end);
}

interface Block {
  readonly begin: number;
  /** Behind its content: its type stands there. */
  readonly end: number;
}

interface ListedBlock extends Block {
  /** No key of the block is greater; those of the next are. */
  readonly key: Buffer;
}

function isSound(table: Buffer, { begin, end }: Block): boolean {
  const crc = crc32c(table.subarray(begin, end + 1));
  return table.readUInt32LE(end + 1) === (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** @param after the key of the block before it */
function isDangerous(table: Buffer, block: Block & Partial<ListedBlock>, after?: Buffer): boolean {
  return !(hasGoodKeys(table, block, after) || isSound(table, block));
}

/** Cheaper than the checksum, since it passes over values. */
function hasGoodKeys(
  table: Buffer,
  block: Block & Partial<ListedBlock>,
  after: Buffer = Buffer.alloc(shortestKey),
): boolean {
  if (table[block.end] !== plainType) return false;
  const { bytes, entries, begins } = contentOf(table, block);
  const seen = new Set<number>();
  for (const begin of [0, ...begins]) {
    let previous = begin === 0 ? after : null;
    for (const { at, key } of entriesOf(bytes, begin, entries)) {
      if (seen.has(at)) break;
      seen.add(at);
      if (key.length < shortestKey || (previous && isLess(key, previous))) return false;
      previous &&= key;
    }
    if (previous && block.key && isLess(block.key, previous)) return false;
  }
  return seen.size > 0;
}

/** Without the sequence numbers, by which those of one key are in order. */
function isLess(key: Buffer, other: Buffer): boolean {
  return Buffer.compare(key.subarray(0, -shortestKey), other.subarray(0, -shortestKey)) < 0;
}

/** All that a block lists. */
function blocksOf(table: Buffer, list: Block): readonly ListedBlock[] {
  if (table[list.end] !== plainType) return [];
  const { bytes, entries } = contentOf(table, list);
  return [...entriesOf(bytes, 0, entries)].map(({ key, value }) => ({
    ...blockAt(bytes, value),
    key,
  }));
}

function contentOf(table: Buffer, { begin, end }: Block) {
  const bytes = table.subarray(begin, end);
  const count = bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4);
  const entries = bytes.length - 4 * (count + 1);
  const begins: number[] = [];
  for (let at = entries; at >= 0 && at < bytes.length - 4; at += 4) {
    begins.push(bytes.readUInt32LE(at));
  }
  return { bytes, entries, begins };
}

/** As LevelDB reads them, up to one that makes no sense. */
function* entriesOf(bytes: Buffer, begin: number, end: number) {
  let key = Buffer.alloc(0);
  for (let at = begin; at < end; ) {
    const { values, next } = varintsAt(bytes, at, 3);
    const [shared = 0, rest = 0, length = 0] = values;
    const value = next + rest;
    if (shared > key.length || value + length > end) return;
    key = Buffer.concat([key.subarray(0, shared), bytes.subarray(next, value)]);
    yield { at, key, value };
    at = value + length;
  }
}

function blockAt(bytes: Buffer, at: number): Block & { readonly next: number } {
  const { values, next } = varintsAt(bytes, at, 2);
  const [begin = 0, length = 0] = values;
  return { begin, end: begin + length, next };
}

function varintsAt(bytes: Buffer, at: number, count: number) {
  const values: number[] = [];
  let next = at;
  while (values.length < count) {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[next++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    values.push(value);
  }
  return { values, next };
}
