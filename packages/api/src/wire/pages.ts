import { z } from 'zod';
import { wireLimits } from './limits.ts';
import { taskStatusSchema } from './task.ts';

/** One page of a list; `next_after` is given back as `after` for the next one, null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .object({ items: z.array(item), next_after: z.int().min(0).nullable(), has_more: z.boolean() })
    .meta({ id });
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_after: number | null;
  readonly has_more: boolean;
}

const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);

/** A query parameter that counts: a sequence, a version. */
export const sequenceParameter = wholeNumber.meta({ override: { type: 'integer', minimum: 0 } });

/** How many items a page has. */
export const limitParameter = wholeNumber
  .refine(
    (limit) => limit >= 1 && limit <= wireLimits.pageSize,
    `must be between 1 and ${wireLimits.pageSize}`,
  )
  .meta({ override: { type: 'integer', minimum: 1, maximum: wireLimits.pageSize } });

/** A moment in the log: a sequence, an ISO timestamp, or a bare date (the end of that day, UTC). */
export const untilParameter = z
  .union([wholeNumber, z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a sequence, an ISO timestamp or a date',
  })
  .optional()
  .meta({
    description:
      'A sequence, an ISO timestamp or a date (the end of that day, UTC), inclusive; without it now',
    override: { type: 'string' },
  });

/** Which tasks a list has. */
export const statusParameter = z
  .string()
  .transform((list) => list.split(','))
  .pipe(z.array(taskStatusSchema))
  .optional()
  .meta({
    override: { type: 'string' },
    description: `One or more, by comma: ${taskStatusSchema.options.join(', ')}`,
  });
