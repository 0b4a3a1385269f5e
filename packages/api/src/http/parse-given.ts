import type { z } from 'zod';
import { invalid } from './to-problem.ts';

/** What a client gave, parsed. Throws a 400 that names what is missing, not known or wrong. */
export function parseGiven<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value, { error: missing });
  if (!result.success) throw invalid(result.error);
  return result.data;
}

/** Where there is no value, JSON knows no type of it that could be wrong. */
function missing({ input }: z.core.$ZodRawIssue): string | undefined {
  return input === undefined ? 'is required' : undefined;
}
