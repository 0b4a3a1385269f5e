import { pooled } from './string-pool.ts';
import { kinds, others } from './value-writer.ts';
import { keysOfShape } from './vocabulary.ts';

/** Where values are read from. */
export interface ValueSource {
  readonly bytes: Uint8Array;
  readonly shapes: readonly ShapeReader[];
  /** The strings that occur again, as far as they were read. */
  readonly table: (string | undefined)[];
  /** Where each of those ends in the shared text. */
  readonly tableEnds: Uint32Array;
  /** The text of the table and of what is shared. */
  readonly sharedText: string;
  /** For each shared value two u32: where it begins in the bytes and in that text. */
  readonly sharedPlaces: DataView;
  /** Shared values, as far as they were read. */
  readonly shared: unknown[];
}

/** Reads the values of one shape and gives the object, frozen. */
export type ShapeReader = () => object;

/*
 * The reader works on what these name: one value after the other, no closure per value. Reading is
 * synchronous and calls nobody else's code, so that one set is enough.
 */
let source: ValueSource = {
  bytes: new Uint8Array(),
  shapes: [],
  table: [],
  tableEnds: new Uint32Array(),
  sharedText: '',
  sharedPlaces: new DataView(new ArrayBuffer(0)),
  shared: [],
};
let { bytes, shapes, table, shared } = source;
let text = '';
let at = 0;
let textAt = 0;

/** What is read from now on comes from there; its strings that stand in no table, from this text. */
export function readFrom(from: ValueSource, itsText: string): void {
  source = from;
  ({ bytes, shapes, table, shared } = from);
  text = itsText;
}

/** Goes to a place in the source; `readValue` gives the values from there on. */
export function seek(byteOffset: number, textOffset: number): void {
  at = byteOffset;
  textAt = textOffset;
}

/** The next value, deeply frozen. */
export function readValue(): unknown {
  const first = bytes[at++] ?? 0;
  const number = first < 0x80 ? first >> 3 : readRest((first >> 3) & 0xf);
  switch (first & 7) {
    case kinds.string: {
      const start = textAt;
      textAt += number;
      return text.slice(start, textAt);
    }
    case kinds.tableString:
      return table[number] ?? readTableString(number);
    case kinds.positive:
      return number;
    case kinds.object:
      return shapes[number]?.();
    case kinds.other:
      return readOther(number);
    case kinds.array:
      return readArray(number);
    case kinds.shared:
      return shared[number] ?? readShared(number);
    default:
      return -number;
  }
}

function readShared(number: number): unknown {
  const before = { text, at, textAt };
  text = source.sharedText;
  at = source.sharedPlaces.getUint32(number * 8, true);
  textAt = source.sharedPlaces.getUint32(number * 8 + 4, true);
  const value = readValue();
  shared[number] = value;
  ({ text, at, textAt } = before);
  return value;
}

function readTableString(number: number): string {
  const start = number === 0 ? 0 : source.tableEnds[number - 1];
  const string = pooled(source.sharedText.slice(start, source.tableEnds[number]));
  table[number] = string;
  return string;
}

function readRest(low: number): number {
  let number = low;
  let scale = 16;
  for (;;) {
    const byte = bytes[at++] ?? 0;
    if (byte < 0x80) return number + byte * scale;
    number += (byte - 0x80) * scale;
    scale *= 0x80;
  }
}

function readOther(which: number): unknown {
  switch (which) {
    case others.null:
      return null;
    case others.false:
      return false;
    case others.true:
      return true;
    case others.double: {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
      at += 8;
      return view.getFloat64(0, true);
    }
    default:
      return readMap();
  }
}

function readArray(length: number): readonly unknown[] {
  const items: unknown[] = [];
  for (let i = 0; i < length; i++) items.push(readValue());
  return Object.freeze(items);
}

function readMap(): object {
  const map = {};
  const first = bytes[at++] ?? 0;
  const length = first < 0x80 ? first >> 3 : readRest((first >> 3) & 0xf);
  for (let i = 0; i < length; i++) {
    const key = String(readValue());
    define(map, key, readValue());
  }
  return Object.freeze(map);
}

function define(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true });
  } else {
    Reflect.set(object, key, value);
  }
}

const readers = new Map<string, ShapeReader>();
const mostReaders = 10_000;

/** The reader of a shape; the same for every segment that has the shape. */
export function shapeReader(shape: string): ShapeReader {
  const known = readers.get(shape);
  if (known) return known;
  if (readers.size >= mostReaders) readers.clear();
  const made = makeReader(keysOfShape(shape));
  readers.set(shape, made);
  return made;
}

/**
 * A constructor of plain objects, several times as quick as setting one key after the other.
 *
 * A literal would be as quick, but V8 counts how many objects of a literal live on, and once it has seen a page of
 * events live on, it makes them where only a full collection frees them: reading a log took half as long again.
 */
function makeReader(keys: readonly string[]): ShapeReader {
  if (keys.includes('__proto__')) return () => readByKeys(keys); // assigning it would set the prototype
  const fields = keys.map((key) => `this[${JSON.stringify(key)}] = readValue();`);
  try {
    // The text is made of JSON strings only.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function(
      'readValue',
      'freeze',
      `function Shape() { ${fields.join(' ')} } Shape.prototype = Object.prototype; return () => freeze(new Shape());`,
    );
    return make(readValue, Object.freeze);
  } catch {
    return () => readByKeys(keys); // where making code from text is forbidden
  }
}

function readByKeys(keys: readonly string[]): object {
  const object = {};
  for (const key of keys) define(object, key, readValue());
  return Object.freeze(object);
}
