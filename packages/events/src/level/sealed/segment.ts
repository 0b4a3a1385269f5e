import type { AnyEvent } from '../../event.ts';
import { IntegrityError } from '../../store-errors.ts';
import type { VectorClock } from '../../vector-clock.ts';
import { asBuffer, isIntact, stampChecksum } from '../checksum.ts';
import { segmentKey } from '../keys.ts';
import type { StoredRecord } from '../stored-record.ts';
import { readValue, type ShapeReader, seek, shapeReader } from './value-reader.ts';
import { createValueWriter, shapeOfKeys, vocabularyOf } from './value-writer.ts';

/*
 * A segment: some records of a window, those of a task together. Little-endian.
 *
 *   0  u32  CRC-32 over the key and all that follows
 *   4  u8   format (1)
 *   5  u8   1: the text is UTF-16, else Latin-1
 *   6  u16  how many records
 *   8  u32  how many strings the table has
 *  12  u32  length of the values, in bytes
 *  16  u32  length of the shapes, in bytes
 *  20  f64  the window's first sequence
 *  28       for each record: u32 where its values begin, u32 where its text begins
 *           for each record: u16 its sequence, from the window's first on
 *           for each record: 32 bytes of chain hash
 *           values: those of the table, then of each record
 *           shapes: lists of keys, separated by line feeds
 *           text
 *
 * All that decoding needs is in the segment: there is nothing outside that could be lost.
 */

const headerLength = 28;
const offsetLength = 8;
const hashBytes = 32;
const format = 1;

/** Which segment: the `number`-th (from 0) of the window of these sequences. */
export interface SegmentPlace {
  readonly first: number;
  readonly last: number;
  readonly number: number;
}

/** A segment whose checksum has been checked. Only what is asked for is decoded. Slots count its records from 0. */
export interface Segment {
  readonly count: number;
  readonly byteLength: number;
  sequenceAt(slot: number): number;
  /** -1: the segment has no such event. */
  slotOf(sequence: number): number;
  /** The records in these slots, both inclusive. */
  records(from: number, to: number): StoredRecord[];
  /** The events in these slots, both inclusive, with no more text decoded than theirs. */
  events(from: number, to: number): AnyEvent[];
  /** For reading many events in any order: decodes the text once. */
  reader(): (slot: number) => AnyEvent;
}

export function encodeSegment(place: SegmentPlace, records: readonly StoredRecord[]): Buffer {
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
  const { sequencesAt, hashesAt, valuesAt } = beginnings(records.length);
  const header = Buffer.alloc(valuesAt);
  header.writeUInt8(format, 4);
  header.writeUInt8(wide ? 1 : 0, 5);
  header.writeUInt16LE(records.length, 6);
  header.writeUInt32LE(vocabulary.strings.size, 8);
  header.writeUInt32LE(writer.byteLength() + values.byteLength(), 12);
  header.writeUInt32LE(shapes.length, 16);
  header.writeDoubleLE(place.first, 20);
  for (const [i, offset] of offsets.entries()) header.writeUInt32LE(offset, headerLength + i * 4);
  for (const [i, { event, hash }] of records.entries()) {
    header.writeUInt16LE(event.sequence - place.first, sequencesAt + i * 2);
    header.write(hash, hashesAt + i * hashBytes, 'hex');
  }
  const encodedText = Buffer.from(text, wide ? 'utf16le' : 'latin1');
  const segment = Buffer.concat([header, writer.bytes(), values.bytes(), shapes, encodedText]);
  return stampChecksum(segmentKey(place.last, place.number), segment);
}

/**
 * @param name says which event errors name
 *
 * @throws IntegrityError when it is missing or damaged
 */
export function openSegment(
  place: SegmentPlace,
  value: Uint8Array | undefined,
  name: () => number = () => place.first,
): Segment {
  if (value === undefined) throw damaged(place, name(), 'is missing');
  const buffer = asBuffer(value);
  if (!isIntact(segmentKey(place.last, place.number), buffer)) {
    throw damaged(place, name(), 'is damaged: its checksum does not fit');
  }
  if (buffer[4] !== format) {
    throw damaged(place, name(), `has format ${buffer[4]}, of a newer version`);
  }
  const parts = partsOf(buffer);
  const dictionary = readDictionary(buffer, parts);
  const { count, first, sequencesAt, hashesAt } = parts;

  const sequenceAt = (slot: number) => first + buffer.readUInt16LE(sequencesAt + slot * 2);
  const hashAt = (slot: number) => {
    const at = hashesAt + slot * hashBytes;
    return buffer.toString('hex', at, at + hashBytes);
  };
  return {
    count,
    byteLength: buffer.length,
    sequenceAt,
    slotOf(sequence) {
      for (let slot = 0; slot < count; slot++) if (sequenceAt(slot) === sequence) return slot;
      return -1;
    },
    events(from, to) {
      seekTo(buffer, parts, dictionary, [from, to]);
      const events: AnyEvent[] = [];
      for (let slot = from; slot <= to; slot++) events.push(readRecord().event);
      return events;
    },
    reader() {
      const text = textBetween(buffer, parts, 0, Number.POSITIVE_INFINITY);
      const source = { ...dictionary, text };
      return (slot) => {
        const at = headerLength + slot * offsetLength;
        seek(source, buffer.readUInt32LE(at), buffer.readUInt32LE(at + 4));
        return readRecord().event;
      };
    },
    records(from, to) {
      seekTo(buffer, parts, dictionary, [from, to]);
      const records: StoredRecord[] = [];
      for (let slot = from; slot <= to; slot++) {
        const { event, streamClock } = readRecord();
        records.push({ event, text: JSON.stringify(event), hash: hashAt(slot), streamClock });
      }
      return records;
    },
  };
}

/** Where the parts of a segment begin. */
interface Parts {
  readonly count: number;
  readonly first: number;
  readonly sequencesAt: number;
  readonly hashesAt: number;
  readonly valuesAt: number;
  readonly shapesAt: number;
  readonly textAt: number;
  readonly wide: boolean;
}

function beginnings(count: number) {
  const sequencesAt = headerLength + count * offsetLength;
  const hashesAt = sequencesAt + count * 2;
  return { sequencesAt, hashesAt, valuesAt: hashesAt + count * hashBytes };
}

function partsOf(buffer: Buffer): Parts {
  const count = buffer.readUInt16LE(6);
  const begin = beginnings(count);
  const shapesAt = begin.valuesAt + buffer.readUInt32LE(12);
  const textAt = shapesAt + buffer.readUInt32LE(16);
  return {
    count,
    first: buffer.readDoubleLE(20),
    ...begin,
    shapesAt,
    textAt,
    wide: buffer[5] === 1,
  };
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

/** The fields of an event, in the order of its text. */
const eventKeys = [
  'sequence',
  'version',
  'vectorClock',
  'eventId',
  'taskId',
  'eventType',
  'timestamp',
  'codeVersion',
  'codeHash',
  'causationId',
  'correlationId',
  'schemaVersion',
  'data',
] as const satisfies readonly (keyof AnyEvent)[];

function fieldsOf({ event, streamClock }: StoredRecord): readonly unknown[] {
  return [streamClock, ...eventKeys.map((key) => event[key])];
}

const readFields = shapeReader(shapeOfKeys(eventKeys));

/** As `fieldsOf` wrote it. The checksum says that each value is of its field's type. */
function readRecord(): Pick<StoredRecord, 'event' | 'streamClock'> {
  const streamClock = readValue() as VectorClock | null;
  return { streamClock, event: readFields() as AnyEvent };
}

function hasWideCharacters(text: string): boolean {
  return /[^\0-\xff]/.test(text);
}

function damaged(
  { first, last, number }: SegmentPlace,
  sequence: number,
  what: string,
): IntegrityError {
  const reason = `segment ${number} of the sealed events ${first} to ${last} ${what}`;
  return new IntegrityError({ sequence, reason });
}
