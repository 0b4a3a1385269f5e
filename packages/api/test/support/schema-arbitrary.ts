import fc from 'fast-check';
import { z } from 'zod';

const rubbish = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    -1,
    1.5,
    2 ** 53,
    true,
    [],
    {},
    'x'.repeat(300),
    '\u0000',
    '😀',
  ),
  fc.json().map((text): unknown => JSON.parse(text)),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

/** Values that fit a schema, mostly: now and then something else stands anywhere in them. */
export function nearly(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: rubbish });
}

function fitting(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(
      ([name, field]): [string, fc.Arbitrary<unknown>] => [name, nearly(field)],
    );
    const required = Object.entries(schema.shape)
      .filter(([, field]) => !isOptional(field))
      .map(([name]) => name);
    const full = fc.record(Object.fromEntries(fields), { requiredKeys: required });
    return fc.oneof(
      { weight: 15, arbitrary: full },
      { weight: 1, arbitrary: fc.record(Object.fromEntries(fields), { requiredKeys: [] }) },
    );
  }
  if (schema instanceof z.ZodArray) return fc.array(nearly(schema.element), { maxLength: 4 });
  if (schema instanceof z.ZodRecord) {
    return fc.dictionary(fc.string({ maxLength: 8 }), nearly(schema.valueType), { maxKeys: 3 });
  }
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) return fc.integer({ min: 0, max: 50 });
  if (schema instanceof z.ZodNullable) return fc.option(nearly(schema.unwrap()));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return nearly(schema.unwrap());
  if (schema instanceof z.ZodString) {
    return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
  }
  return rubbish;
}

const isOptional = (schema: z.core.$ZodType) =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
