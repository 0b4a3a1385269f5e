import { z } from 'zod';

/** A property somewhere in a schema. */
export interface Property {
  /** Its name behind those of what it is in: `.items.task_id`. */
  readonly path: string;
  readonly name: string;
  readonly isRequired: boolean;
}

interface JsonSchema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/** All properties that a zod schema describes, at any depth. */
export function propertiesOf(schema: z.ZodType, io: 'input' | 'output'): readonly Property[] {
  return within(z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }), '');
}

function within(schema: unknown, at: string): readonly Property[] {
  if (typeof schema !== 'object' || schema === null) return [];
  // JSON Schema, as zod has just written it.
  const { properties = {}, required = [], ...rest } = schema as JsonSchema;
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => {
      const path = `${at}.${name}`;
      return [{ path, name, isRequired: required.includes(name) }, ...within(inner, path)];
    }),
    ...Object.values(rest).flatMap((inner) => within(inner, at)),
  ];
}
