import { z } from 'zod';
import { taskIdSchema } from '../wire/index.ts';

/** A task's id as a tool takes it; normalised like everywhere. */
export const taskIdInput = taskIdSchema
  .overwrite((id) => id.normalize('NFC'))
  .describe('The task’s id');

/** A wire schema that is known to be an object, typed as one. */
export function objectSchema<Output>(
  schema: z.ZodType<Output>,
): z.ZodObject<{ [Key in keyof Output]: z.ZodType<Output[Key]> }> {
  if (!(schema instanceof z.ZodObject)) throw new TypeError('Not an object schema');
  // `wireForm` makes an object of an object; its static type only says what it parses to.
  return schema as never;
}
