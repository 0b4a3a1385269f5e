import { stampChecksum } from '../checksum.ts';
import { segmentKey } from '../keys.ts';
import type { StoredRecord } from '../stored-record.ts';
import { fieldsOf } from './event-fields.ts';
import {
  beginnings,
  format,
  hashBytes,
  headerLength,
  type SegmentPlace,
} from './segment-layout.ts';
import { createValueWriter } from './value-writer.ts';
import { vocabularyOf } from './vocabulary.ts';

/** @param records of one window, in the order in which they are to lie */
export function encodeSegment(place: SegmentPlace, records: readonly StoredRecord[]): Buffer {
  const fields = records.map(fieldsOf);
  const vocabulary = vocabularyOf(fields.flat());
  const writer = createValueWriter(vocabulary);
  const strings = [...vocabulary.strings.keys()];
  for (const text of strings) writer.putText(text);
  const places: number[] = [];
  const begin = () => places.push(writer.byteLength(), writer.textLength());
  const shared = new Map([...vocabulary.shared].map(([value, number]) => [number, value]));
  for (let number = 0; number < shared.size; number++) {
    begin();
    writer.writeShared(shared.get(number) ?? []);
  }
  for (const list of fields) {
    begin();
    for (const field of list) writer.write(field);
  }
  const [bytes, text] = [writer.bytes(), writer.text()];
  const wide = hasWideCharacters(text);
  const shapes = Buffer.from([...vocabulary.shapes.keys()].join('\n'));
  const counts = { records: records.length, strings: strings.length, shared: shared.size };
  const { sequencesAt, hashesAt, stringsAt, valuesAt } = beginnings(counts);
  const header = Buffer.alloc(valuesAt);
  header.writeUInt8(format, 4);
  header.writeUInt8(wide ? 1 : 0, 5);
  header.writeUInt16LE(counts.records, 6);
  header.writeUInt16LE(counts.strings, 8);
  header.writeUInt16LE(counts.shared, 10);
  header.writeUInt32LE(bytes.length, 12);
  header.writeUInt32LE(shapes.length, 16);
  header.writeDoubleLE(place.first, 20);
  for (const [i, offset] of places.entries()) header.writeUInt32LE(offset, headerLength + i * 4);
  for (const [i, { event, hash }] of records.entries()) {
    header.writeUInt16LE(event.sequence - place.first, sequencesAt + i * 2);
    header.write(hash, hashesAt + i * hashBytes, 'hex');
  }
  for (const [i, text] of strings.entries()) header.writeUInt8(text.length, stringsAt + i);
  const encodedText = Buffer.from(text, wide ? 'utf16le' : 'latin1');
  const segment = Buffer.concat([header, bytes, shapes, encodedText]);
  return stampChecksum(segmentKey(place.last, place.number), segment);
}

function hasWideCharacters(text: string): boolean {
  return /[^\0-\xff]/.test(text);
}
