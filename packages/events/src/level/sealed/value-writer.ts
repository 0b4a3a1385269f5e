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
} as const;

export const others = { null: 0, false: 1, true: 2, double: 3, map: 4 } as const;

/** The keys of objects, in order; separates keys within a shape and shapes within a list. */
const keySeparator = '\u0001';

/** One text per list of keys. Null: keys that cannot be told apart in it; the object is written as a map. */
export function shapeOf(keys: readonly string[]): string | null {
  const shape = shapeOfKeys(keys);
  if (shape === '') return null; // a list of one such shape would be an empty list
  return shape.includes('\n') || keys.some((key) => key.includes(keySeparator)) ? null : shape;
}

/** Of keys that are known to be fit for it. */
export function shapeOfKeys(keys: readonly string[]): string {
  return keys.join(keySeparator);
}

export function keysOfShape(shape: string): string[] {
  return shape.split(keySeparator);
}

/** What occurs more than once in the values to be written. */
export interface Vocabulary {
  readonly strings: ReadonlyMap<string, number>;
  readonly shapes: ReadonlyMap<string, number>;
}

const longestTableString = 128;
const mostNumbered = 1_024;

export function vocabularyOf(values: readonly unknown[]): Vocabulary {
  const strings = new Map<string, number>();
  const shapes = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (value.length <= longestTableString) count(strings, value);
    } else if (Array.isArray(value)) {
      for (const item of value) visit(item);
    } else if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      const keys = entries.map(([key]) => key);
      const shape = keys.length === 0 ? null : shapeOf(keys);
      if (shape !== null) count(shapes, shape);
      for (const [, item] of entries) visit(item);
    }
  };
  for (const value of values) visit(value);
  return { strings: numbered(strings), shapes: numbered(shapes) };
}

function numbered(counts: ReadonlyMap<string, number>): Map<string, number> {
  const repeated = [...counts].flatMap(([key, count]) => (count > 1 ? [key] : []));
  // In an order of their own, so that segments with the same shapes say so in the same words.
  return new Map(
    repeated
      .sort()
      .slice(0, mostNumbered)
      .map((key, number) => [key, number]),
  );
}

/** Writes values one behind the other. */
export interface ValueWriter {
  write(value: unknown): void;
  /** Bytes written so far. */
  byteLength(): number;
  /** UTF-16 units of text written so far. */
  textLength(): number;
  bytes(): Uint8Array;
  text(): string;
}

export function createValueWriter({ strings, shapes }: Vocabulary): ValueWriter {
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

  function putString(value: string): void {
    const known = strings.get(value);
    if (known !== undefined) {
      put(kinds.tableString, known);
      return;
    }
    put(kinds.string, value.length);
    parts.push(value);
    textLength += value.length;
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

  function write(value: unknown): void {
    if (typeof value === 'string') putString(value);
    else if (typeof value === 'number') putNumber(value);
    else if (value === null) put(kinds.other, others.null);
    else if (value === true) put(kinds.other, others.true);
    else if (value === false) put(kinds.other, others.false);
    else if (Array.isArray(value)) {
      put(kinds.array, value.length);
      for (const item of value) write(item);
    } else if (typeof value === 'object') putObject(value);
    else throw new TypeError(`${typeof value} is no JSON`);
  }

  return {
    write,
    byteLength: () => length,
    textLength: () => textLength,
    bytes: () => bytes.subarray(0, length),
    text: () => parts.join(''),
  };
}
