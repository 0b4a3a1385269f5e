import { shapeOf, type Vocabulary } from './vocabulary.ts';

/*
 * JSON values in bytes, made to be read fast by `value-reader.ts`.
 *
 * Each value is a varint: three bits of kind below its number. Strings are not in the bytes but one
 * behind the other in a text of their own, from which the reader slices them; those that occur again
 * stand in a table. Objects name their keys by a shape.
 */

export const kinds = {
  string: 0,
  positive: 1,
  negative: 2,
  /** 0 null, 1 false, 2 true, 3 a double in the next eight bytes, 4 an object with its keys. */
  other: 3,
  object: 4,
  array: 5,
  tableString: 6,
  shared: 7,
} as const;

export const others = { null: 0, false: 1, true: 2, double: 3, map: 4 } as const;

/** Writes values one behind the other. */
export interface ValueWriter {
  write(value: unknown): void;
  /** The text of a string alone: whoever reads it knows its length. */
  putText(text: string): void;
  /** What others share, itself. */
  writeShared(value: object): void;
  /** Bytes written so far. */
  byteLength(): number;
  /** UTF-16 units of text written so far. */
  textLength(): number;
  bytes(): Uint8Array;
  text(): string;
}

export function createValueWriter({ strings, shapes, shared }: Vocabulary): ValueWriter {
  let bytes = Buffer.allocUnsafe(16_384);
  let length = 0;
  const parts: string[] = [];
  let textLength = 0;

  function reserve(count: number): void {
    if (length + count <= bytes.length) return;
    const larger = Buffer.allocUnsafe(bytes.length * 2 + count);
    bytes.copy(larger, 0, 0, length);
    bytes = larger;
  }

  function put(kind: number, number: number): void {
    reserve(10);
    let rest = number;
    // The first byte has four bits of the number, the others seven.
    const more = rest > 0xf;
    bytes[length++] = (more ? 0x80 : 0) | ((rest % 16) << 3) | kind;
    rest = Math.floor(rest / 16);
    if (!more) return;
    while (rest > 0x7f) {
      bytes[length++] = 0x80 | (rest % 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes[length++] = rest;
  }

  function putText(text: string): void {
    parts.push(text);
    textLength += text.length;
  }

  function putString(value: string): void {
    const known = strings.get(value);
    if (known !== undefined) {
      put(kinds.tableString, known);
      return;
    }
    put(kinds.string, value.length);
    putText(value);
  }

  function putNumber(value: number): void {
    if (Number.isSafeInteger(value)) {
      put(value < 0 ? kinds.negative : kinds.positive, Math.abs(value));
      return;
    }
    put(kinds.other, others.double);
    reserve(8);
    length = bytes.writeDoubleLE(value, length);
  }

  function putObject(value: object): void {
    const entries = Object.entries(value);
    const shape = entries.length === 0 ? null : shapeOf(entries.map(([key]) => key));
    const known = shape === null ? undefined : shapes.get(shape);
    if (known === undefined) {
      put(kinds.other, others.map);
      put(kinds.array, entries.length);
      for (const [key, item] of entries) {
        putString(key);
        write(item);
      }
    } else {
      put(kinds.object, known);
      for (const [, item] of entries) write(item);
    }
  }

  function writeShared(value: object): void {
    if (!Array.isArray(value)) {
      putObject(value);
      return;
    }
    put(kinds.array, value.length);
    for (const item of value) write(item);
  }

  function write(value: unknown): void {
    if (typeof value === 'string') putString(value);
    else if (typeof value === 'number') putNumber(value);
    else if (value === null) put(kinds.other, others.null);
    else if (value === true) put(kinds.other, others.true);
    else if (value === false) put(kinds.other, others.false);
    else if (typeof value === 'object') {
      const known = shared.get(value);
      if (known === undefined) writeShared(value);
      else put(kinds.shared, known);
    } else throw new TypeError(`${typeof value} is no JSON`);
  }

  return {
    write,
    putText,
    writeShared,
    byteLength: () => length,
    textLength: () => textLength,
    bytes: () => bytes.subarray(0, length),
    text: () => parts.join(''),
  };
}
