/** What occurs more than once in some values, and is written once, with a number. */
export interface Vocabulary {
  readonly strings: ReadonlyMap<string, number>;
  /** Lists of keys. */
  readonly shapes: ReadonlyMap<string, number>;
  /** Each object or array that is equal to others, with the number of what they say. */
  readonly shared: ReadonlyMap<object, number>;
}

const longestTableString = 128;
/** Of the JSON of what is shared, in UTF-16 units: larger values seldom repeat, and finding out has a cost. */
const longestShared = 256;
const mostNumbered = 1_024;

/** The keys of objects, in order; separates keys within a shape and shapes within a list. */
const keySeparator = '\u0001';

/** One text per list of keys. Null: keys that cannot be told apart in it, or in UTF-8; the object is written as a map. */
export function shapeOf(keys: readonly string[]): string | null {
  const shape = shapeOfKeys(keys);
  if (shape === '') return null; // a list of one such shape would be an empty list
  if (!shape.isWellFormed()) return null;
  return shape.includes('\n') || keys.some((key) => key.includes(keySeparator)) ? null : shape;
}

/** Of keys that are known to be fit for it. */
export function shapeOfKeys(keys: readonly string[]): string {
  return keys.join(keySeparator);
}

export function keysOfShape(shape: string): string[] {
  return shape.split(keySeparator);
}

export function vocabularyOf(values: readonly unknown[]): Vocabulary {
  const strings = new Map<string, number>();
  const shapes = new Map<string, number>();
  const equals = new Map<string, object[]>();
  const texts = textsOf(values);

  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (value.length <= longestTableString) add(strings, value);
    } else if (typeof value === 'object' && value !== null) {
      if (!Array.isArray(value)) {
        const shape = shapeOf(Object.keys(value));
        if (shape !== null) add(shapes, shape);
      }
      const text = texts.get(value);
      const known = text === undefined ? undefined : equals.get(text);
      if (known) {
        known.push(value); // what is in it is written once
        return;
      }
      if (text !== undefined) equals.set(text, [value]);
      for (const item of Object.values(value)) visit(item);
    }
  };
  for (const value of values) visit(value);
  return { strings: numbered(strings), shapes: numbered(shapes), shared: numberedValues(equals) };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** In an order of their own, so that segments with the same shapes say so in the same words. */
function numbered(counts: ReadonlyMap<string, number>): Map<string, number> {
  const repeated = [...counts].flatMap(([key, count]) => (count > 1 ? [key] : []));
  return new Map(
    repeated
      .sort()
      .slice(0, mostNumbered)
      .map((key, number) => [key, number]),
  );
}

/** The shorter first: so a value stands behind those that are in it. */
function numberedValues(equals: ReadonlyMap<string, readonly object[]>): Map<object, number> {
  const repeated = [...equals].filter(([, values]) => values.length > 1);
  repeated.sort(([one], [other]) => one.length - other.length);
  return new Map(
    repeated
      .slice(0, mostNumbered)
      .flatMap(([, values], number) => values.map((value) => [value, number] as const)),
  );
}

/** The JSON of the objects and arrays in the values, of those where it is short. */
function textsOf(values: readonly unknown[]): ReadonlyMap<object, string> {
  const texts = new Map<object, string>();
  /** Whether the value's JSON may be short. */
  const visit = (value: unknown): boolean => {
    if (typeof value === 'string') return value.length <= longestShared;
    if (typeof value !== 'object' || value === null) return true;
    if (texts.has(value)) return true;
    let mayBeShort = true;
    for (const item of Object.values(value)) if (!visit(item)) mayBeShort = false;
    if (!mayBeShort) return false;
    const text = JSON.stringify(value);
    if (text.length > longestShared) return false;
    texts.set(value, text);
    return true;
  };
  for (const value of values) visit(value);
  return texts;
}
