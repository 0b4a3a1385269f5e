import { z } from 'zod';
import { InvalidRequestError } from './errors.ts';

/** What grammars of local models handle; patterns, lengths and references are left to zod. */
const keptKeys = new Set([
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'const',
  'anyOf',
  'description',
  'additionalProperties',
]);

/**
 * The JSON schema to send as `format`: what a model has to write so that `output` accepts it.
 *
 * @throws InvalidRequestError when the output is no object, or refers to itself
 */
export function answerSchema(output: z.ZodType, name: string): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(output, { io: 'input', unrepresentable: 'any' });
  if (schema.type !== 'object')
    throw new InvalidRequestError({
      field: `signature ${name}`,
      detail: 'output must be an object',
    });
  try {
    return simplified(schema);
  } catch (cause) {
    throw new InvalidRequestError({
      field: `signature ${name}`,
      detail: 'output refers to itself, which the grammars of local models do not handle',
      cause,
    });
  }
}

function simplified(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (typeof schema.$ref === 'string') throw new TypeError(schema.$ref);
  const kept = Object.entries(schema).filter(([key]) => keptKeys.has(key) || key === 'oneOf');
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (key === 'properties' && isRecord(value))
        return [
          key,
          Object.fromEntries(
            Object.entries(value).map(([name, part]) => [name, simplifiedPart(part)]),
          ),
        ];
      if (key === 'oneOf') return ['anyOf', simplifiedPart(value)];
      return [
        key,
        key === 'enum' || key === 'required' || key === 'const' ? value : simplifiedPart(value),
      ];
    }),
  );
}

function simplifiedPart(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplifiedPart);
  return isRecord(value) ? simplified(value) : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
