import type { AnyEvent } from '../../event.ts';
import { IntegrityError } from '../../store-errors.ts';
import { asBuffer, isIntact } from '../checksum.ts';
import { segmentKey } from '../keys.ts';
import type { StoredRecord } from '../stored-record.ts';
import { readEventFields, readRecordFields } from './event-fields.ts';
import { isOfFormat } from './row-format.ts';
import {
  format,
  hashBytes,
  headerLength,
  partsOf,
  placeLength,
  type SegmentParts,
  type SegmentPlace,
} from './segment-layout.ts';
import { readFrom, type ShapeReader, seek, shapeReader, type ValueSource } from './value-reader.ts';

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
  reader(): SegmentReader;
}

export interface SegmentReader {
  /** The events asked for from now on, until another segment is read, are those of this one. */
  begin(): void;
  event(slot: number): AnyEvent;
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
  const what = nameOf(place);
  if (!isOfFormat(buffer, format, { sequence: place.first, what })) {
    throw damaged(place, name(), `has format ${buffer[4]}, of another version`);
  }
  const parts = partsOf(buffer);
  const source = sourceOf(buffer, parts);
  const { records: count, first, recordsAt, sequencesAt, hashesAt } = parts;
  const view = viewOf(buffer, 0, parts.valuesAt);

  const sequenceAt = (slot: number) => first + view.getUint16(sequencesAt + slot * 2, true);
  const valuesOf = (slot: number) => view.getUint32(recordsAt + slot * placeLength, true);
  const textOf = (slot: number) => view.getUint32(recordsAt + slot * placeLength + 4, true);
  const hashAt = (slot: number) => {
    const at = hashesAt + slot * hashBytes;
    return buffer.toString('hex', at, at + hashBytes);
  };

  /** Makes ready to read the records `from` … `to`, with no more text decoded than theirs. */
  function seekTo(from: number, to: number): void {
    const end = to + 1 < count ? textOf(to + 1) : Number.POSITIVE_INFINITY;
    readFrom(source, textBetween(buffer, parts, textOf(from), end));
    seek(valuesOf(from), 0);
  }

  return {
    count,
    byteLength: buffer.length,
    sequenceAt,
    slotOf(sequence) {
      for (let slot = 0; slot < count; slot++) if (sequenceAt(slot) === sequence) return slot;
      return -1;
    },
    events(from, to) {
      seekTo(from, to);
      const events: AnyEvent[] = [];
      for (let slot = from; slot <= to; slot++) events.push(readEventFields());
      return events;
    },
    records(from, to) {
      seekTo(from, to);
      const records: StoredRecord[] = [];
      for (let slot = from; slot <= to; slot++) {
        const { event, streamClock } = readRecordFields();
        records.push({ event, text: JSON.stringify(event), hash: hashAt(slot), streamClock });
      }
      return records;
    },
    reader() {
      const text = textBetween(buffer, parts, 0, Number.POSITIVE_INFINITY);
      return {
        begin: () => readFrom(source, text),
        event(slot) {
          seek(valuesOf(slot), textOf(slot));
          return readEventFields();
        },
      };
    },
  };
}

/** What all records of a segment have in common. */
function sourceOf(buffer: Buffer, parts: SegmentParts): ValueSource {
  const { strings, shared, recordsAt, stringsAt, valuesAt, shapesAt, textAt } = parts;
  const tableEnds = new Uint32Array(strings);
  for (let i = 0, end = 0; i < strings; i++) {
    end += buffer[stringsAt + i] ?? 0;
    tableEnds[i] = end;
  }
  return {
    bytes: buffer.subarray(valuesAt, shapesAt),
    shapes: shapeReaders(buffer.toString('utf8', shapesAt, textAt)),
    table: new Array(strings).fill(undefined),
    tableEnds,
    sharedText: textBetween(buffer, parts, 0, buffer.readUInt32LE(recordsAt + 4)),
    sharedPlaces: viewOf(buffer, headerLength, shared * placeLength),
    shared: new Array(shared).fill(undefined),
  };
}

function viewOf(buffer: Buffer, from: number, length: number): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset + from, length);
}

function textBetween(
  buffer: Buffer,
  { textAt, wide }: SegmentParts,
  from: number,
  to: number,
): string {
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

function damaged(place: SegmentPlace, sequence: number, state: string): IntegrityError {
  return new IntegrityError({ sequence, reason: `${nameOf(place)} ${state}` });
}

function nameOf({ first, last, number }: SegmentPlace): string {
  return `segment ${number} of the sealed events ${first} to ${last}`;
}
