import { crc32 } from 'node:zlib';
import type { AnyEvent } from '../../event.ts';
import { IntegrityError } from '../../store-errors.ts';
import type { VectorClock } from '../../vector-clock.ts';
import { segmentKey } from '../keys.ts';
import type { StoredRecord } from '../stored-record.ts';
import { readValue, type ShapeReader, seek, shapeReader } from './value-reader.ts';
import { createValueWriter, vocabularyOf } from './value-writer.ts';

/*
 * A segment: 32 consecutive records, sealed. Little-endian.
 *
 *   0  u32  CRC-32 over the key and all that follows
 *   4  u8   format (1)
 *   5  u8   1: the text is UTF-16, else Latin-1
 *   6  u16  how many records
 *   8  u32  how many strings the table has
 *  12  u32  length of the values, in bytes
 *  16  u32  length of the shapes, in bytes
 *  20       for each record: u32 where its values begin, u32 where its text begins
 *           for each record: 32 bytes of chain hash
 *           values: those of the table, then of each record
 *           shapes: lists of keys, separated by line feeds
 *           text
 *
 * All that decoding needs is in the segment: there is nothing outside that could be lost.
 */

/**
 * Events of a segment. Segment n (from 0) holds the sequences 32 n + 1 … 32 n + 32. More would be read a
 * little faster together, but a single one much slower: LevelDB gives whole values only.
 */
export const segmentLength = 32;

const headerLength = 20;
const offsetLength = 8;
const hashBytes = 32;
const format = 1;

export function segmentNumber(sequence: number): number {
  return Math.floor((sequence - 1) / segmentLength);
}

/** A segment whose checksum has been checked. Only what is asked for is decoded. */
export interface Segment {
  readonly first: number;
  readonly count: number;
  readonly byteLength: number;
  /** The events of these sequences, both inclusive. */
  events(from: number, to: number): AnyEvent[];
  record(sequence: number): StoredRecord;
}

export function encodeSegment(key: string, records: readonly StoredRecord[]): Uint8Array {
  const fields = records.map(fieldsOf);
  const vocabulary = vocabularyOf(fields);
  const writer = createValueWriter({ ...vocabulary, strings: new Map() });
  for (const text of vocabulary.strings.keys()) writer.write(text);
  const values = createValueWriter(vocabulary);
  const offsets: number[] = [];
  for (const list of fields) {
    offsets.push(
      writer.byteLength() + values.byteLength(),
      writer.textLength() + values.textLength(),
    );
    for (const field of list) values.write(field);
  }
  const text = writer.text() + values.text();
  const wide = hasWideCharacters(text);
  const shapes = Buffer.from([...vocabulary.shapes.keys()].join('\n'));
  const header = Buffer.alloc(headerLength + records.length * (offsetLength + hashBytes));
  header.writeUInt8(format, 4);
  header.writeUInt8(wide ? 1 : 0, 5);
  header.writeUInt16LE(records.length, 6);
  header.writeUInt32LE(vocabulary.strings.size, 8);
  header.writeUInt32LE(writer.byteLength() + values.byteLength(), 12);
  header.writeUInt32LE(shapes.length, 16);
  for (const [i, offset] of offsets.entries()) header.writeUInt32LE(offset, headerLength + i * 4);
  const hashesAt = headerLength + records.length * offsetLength;
  for (const [i, { hash }] of records.entries()) {
    header.write(hash, hashesAt + i * hashBytes, 'hex');
  }
  const encodedText = Buffer.from(text, wide ? 'utf16le' : 'latin1');
  const segment = Buffer.concat([header, writer.bytes(), values.bytes(), shapes, encodedText]);
  segment.writeUInt32LE(checksumOf(key, segment), 0);
  return segment;
}

/** @throws IntegrityError naming the segment's first event when it is missing or damaged */
export function openSegment(number: number, value: Uint8Array | undefined): Segment {
  const first = number * segmentLength + 1;
  const key = segmentKey(number);
  if (value === undefined) throw damaged(first, 'is missing');
  const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (buffer.length < headerLength || buffer.readUInt32LE(0) !== checksumOf(key, buffer)) {
    throw damaged(first, 'is damaged: its checksum does not fit');
  }
  if (buffer[4] !== format) throw damaged(first, `has format ${buffer[4]}, of a newer version`);
  const count = buffer.readUInt16LE(6);
  const parts = partsOf(buffer, count);
  const dictionary = readDictionary(buffer, parts);
  const hashOf = (sequence: number) => {
    const at = parts.hashesAt + (sequence - first) * hashBytes;
    return buffer.toString('hex', at, at + hashBytes);
  };
  return {
    first,
    count,
    byteLength: buffer.length,
    events(from, to) {
      seekTo(buffer, parts, dictionary, [from - first, to - first]);
      const events: AnyEvent[] = [];
      for (let sequence = from; sequence <= to; sequence++) events.push(readEvent(sequence).event);
      return events;
    },
    record(sequence) {
      seekTo(buffer, parts, dictionary, [sequence - first, sequence - first]);
      const { event, streamClock } = readEvent(sequence);
      return { event, text: JSON.stringify(event), hash: hashOf(sequence), streamClock };
    },
  };
}

/** Where the parts of a segment begin. */
interface Parts {
  readonly count: number;
  readonly hashesAt: number;
  readonly valuesAt: number;
  readonly shapesAt: number;
  readonly textAt: number;
  readonly wide: boolean;
}

function partsOf(buffer: Buffer, count: number): Parts {
  const hashesAt = headerLength + count * offsetLength;
  const valuesAt = hashesAt + count * hashBytes;
  const shapesAt = valuesAt + buffer.readUInt32LE(12);
  const textAt = shapesAt + buffer.readUInt32LE(16);
  return { count, hashesAt, valuesAt, shapesAt, textAt, wide: buffer[5] === 1 };
}

/** What all records of a segment share. */
interface Dictionary {
  readonly bytes: Uint8Array;
  readonly shapes: readonly ShapeReader[];
  readonly table: readonly string[];
}

function readDictionary(buffer: Buffer, parts: Parts): Dictionary {
  const bytes = buffer.subarray(parts.valuesAt, parts.shapesAt);
  const shapes = shapeReaders(buffer.toString('utf8', parts.shapesAt, parts.textAt));
  const table: string[] = [];
  const end = buffer.readUInt32LE(headerLength + 4); // where the first record's text begins
  seek({ bytes, text: textBetween(buffer, parts, 0, end), table, shapes }, 0, 0);
  const tableLength = buffer.readUInt32LE(8);
  for (let i = 0; i < tableLength; i++) table.push(String(readValue()));
  return { bytes, shapes, table };
}

/** Makes ready to read the records `from` … `to` (from 0), with no more text decoded than theirs. */
function seekTo(
  buffer: Buffer,
  parts: Parts,
  dictionary: Dictionary,
  [from, to]: readonly [number, number],
): void {
  const valuesOf = (record: number) => buffer.readUInt32LE(headerLength + record * offsetLength);
  const textOf = (record: number) => buffer.readUInt32LE(headerLength + record * offsetLength + 4);
  const end = to + 1 < parts.count ? textOf(to + 1) : Number.POSITIVE_INFINITY;
  const text = textBetween(buffer, parts, textOf(from), end);
  seek({ ...dictionary, text }, valuesOf(from), 0);
}

function textBetween(buffer: Buffer, { textAt, wide }: Parts, from: number, to: number): string {
  const width = wide ? 2 : 1;
  const end = Math.min(buffer.length, textAt + to * width);
  return buffer.toString(wide ? 'utf16le' : 'latin1', textAt + from * width, end);
}

const knownShapes = new Map<string, readonly ShapeReader[]>();
const mostKnownShapes = 256;

/** Neighbouring segments often have the same shapes, in the same order. */
function shapeReaders(shapes: string): readonly ShapeReader[] {
  const known = knownShapes.get(shapes);
  if (known) return known;
  if (knownShapes.size >= mostKnownShapes) knownShapes.clear();
  const readers = shapes === '' ? [] : shapes.split('\n').map(shapeReader);
  knownShapes.set(shapes, readers);
  return readers;
}

function fieldsOf({ event, streamClock }: StoredRecord): readonly unknown[] {
  return [
    event.version,
    event.vectorClock,
    event.eventId,
    event.taskId,
    event.eventType,
    event.timestamp,
    event.codeVersion,
    event.codeHash,
    event.causationId,
    event.correlationId,
    event.schemaVersion,
    streamClock,
    event.data,
  ];
}

/** As `fieldsOf` wrote it, in its order. The checksum says that each value is of its field's type. */
function readEvent(sequence: number): {
  readonly event: AnyEvent;
  readonly streamClock: VectorClock | null;
} {
  const version = readValue() as number;
  const vectorClock = readValue() as VectorClock;
  const eventId = readValue() as string;
  const taskId = readValue() as string;
  const eventType = readValue() as string;
  const timestamp = readValue() as string;
  const codeVersion = readValue() as number;
  const codeHash = readValue() as string | null;
  const causationId = readValue() as string | null;
  const correlationId = readValue() as string | null;
  const schemaVersion = readValue() as number;
  const streamClock = readValue() as VectorClock | null;
  const event = Object.freeze({
    sequence,
    version,
    vectorClock,
    eventId,
    taskId,
    eventType,
    timestamp,
    codeVersion,
    codeHash,
    causationId,
    correlationId,
    schemaVersion,
    data: readValue(),
  });
  return { event, streamClock };
}

function hasWideCharacters(text: string): boolean {
  return /[^\0-\xff]/.test(text);
}

function checksumOf(key: string, segment: Buffer): number {
  return crc32(segment.subarray(4), crc32(key));
}

function damaged(first: number, what: string): IntegrityError {
  const reason = `the segment of events ${first} to ${first + segmentLength - 1} ${what}`;
  return new IntegrityError({ sequence: first, reason });
}
