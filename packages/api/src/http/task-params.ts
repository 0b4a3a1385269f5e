import { z } from 'zod';
import { taskIdSchema, wireLimits } from '../wire/index.ts';

/** The path of every route of one task. */
export const taskParams = z.object({
  task_id: taskIdSchema
    .transform((id) => id.normalize('NFC'))
    .meta({
      description: 'The task’s id',
      override: { type: 'string', minLength: 1, maxLength: wireLimits.taskIdLength },
    }),
});
