import { z } from 'zod';
import { snakeCase, type Wire, type WireInput } from './snake-case.ts';

/**
 * A schema in house names (camelCase) together with its form on the wire (snake_case).
 *
 * This is the one place where names are mapped. The mapping follows the schema, not the value, so
 * that keys which users chose (of records: file names, clock processes) are never touched.
 */
export interface WireForm<House extends z.ZodType> {
  readonly house: House;
  /** Parses and describes what the wire carries. */
  readonly schema: z.ZodType<Wire<z.output<House>>, WireInput<z.input<House>>>;
  /** House → wire, absent values as null. The value is trusted, not parsed. */
  readonly encode: (value: Frozen<z.output<House>>) => Wire<z.output<House>>;
  /** Wire → house, of a value that `schema` has parsed. */
  readonly decode: (value: Wire<z.output<House>>) => z.output<House>;
}

/** The same, with nothing that could be written to. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** Derives the wire's schema and both mappings from a schema in house names. */
export function wireForm<House extends z.ZodType>(house: House): WireForm<House> {
  const encode = renamer(house, 'encode') ?? same;
  const decode = renamer(house, 'decode') ?? same;
  return {
    house,
    // The casts state what `wireSchema` and `renamer` do structurally and types cannot follow.
    schema: wireSchema(house) as z.ZodType<Wire<z.output<House>>, WireInput<z.input<House>>>,
    encode: (value) => encode(value) as Wire<z.output<House>>,
    decode: (value) => decode(value) as z.output<House>,
  };
}

type Rename = (value: unknown) => unknown;
const same: Rename = (value) => value;

/** A function that renames the keys of a value of this schema; undefined where nothing is to do. */
function renamer(schema: z.core.$ZodType, direction: 'encode' | 'decode'): Rename | undefined {
  if (schema instanceof z.ZodObject) return objectRenamer(schema, direction);
  if (schema instanceof z.ZodArray) {
    const item = renamer(schema.element, direction);
    return item && ((value) => (Array.isArray(value) ? value.map(item) : value));
  }
  if (schema instanceof z.ZodRecord) {
    const item = renamer(schema.valueType, direction);
    return item && ((value) => mapRecord(value, item));
  }
  const inner = innerOf(schema);
  return inner && renamer(inner, direction);
}

function objectRenamer(schema: z.ZodObject, direction: 'encode' | 'decode'): Rename | undefined {
  const encodes = direction === 'encode';
  const fields = Object.entries(schema.shape).map(([name, field]) => {
    const [from, to] = encodes ? [name, snakeCase(name)] : [snakeCase(name), name];
    return { from, to, rename: renamer(field, direction) };
  });
  const isSame = fields.every(({ from, to, rename }) => from === to && rename === undefined);
  const mayLack = Object.values(schema.shape).some((field) => field instanceof z.ZodOptional);
  if (isSame && !(encodes && mayLack)) return undefined;
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    // An object, as was just seen; what it lacks reads as undefined.
    const source = value as Readonly<Record<string, unknown>>;
    const renamed: Record<string, unknown> = {};
    for (const { from, to, rename } of fields) {
      const inner = source[from];
      if (inner !== undefined) renamed[to] = rename ? rename(inner) : inner;
      else if (encodes) renamed[to] = null;
    }
    return renamed;
  };
}

function mapRecord(value: unknown, item: Rename): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, item(inner)]));
}

/** The same schema with its objects' names in snake_case; descriptions and checks are kept. */
function wireSchema(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodObject) {
    const shape = Object.fromEntries(
      Object.entries(schema.shape).map(([name, field]) => [snakeCase(name), wireSchema(field)]),
    );
    return described(schema, schema.clone({ ...schema.def, shape }));
  }
  if (schema instanceof z.ZodArray) {
    return described(schema, schema.clone({ ...schema.def, element: wireSchema(schema.element) }));
  }
  if (schema instanceof z.ZodRecord) {
    return described(schema, z.record(z.string(), wireSchema(schema.valueType)));
  }
  const inner = innerOf(schema);
  if (inner === undefined || !(schema instanceof z.ZodType)) return schema;
  const wired = wireSchema(inner);
  if (wired === inner) return schema;
  return described(schema, schema.clone({ ...schema.def, innerType: wired } as never));
}

function described(from: z.ZodType, to: z.ZodType): z.ZodType {
  const meta = from.meta();
  return meta ? to.meta(meta) : to;
}

/** What a nullable, optional or defaulted schema wraps. */
function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly
  ) {
    return schema.def.innerType;
  }
  return undefined;
}
