import { z } from 'zod';
import { wireLimits as limits } from './limits.ts';
import { wireForm } from './wire-form.ts';

const notBlank = (text: string) => text.trim() !== '';

/** 1–256 characters without a blank at either end; any other is allowed, but not `.` and `..`, which clients take out of a path. */
export const taskIdSchema = z
  .string()
  .min(1)
  .max(limits.taskIdLength)
  .refine((id) => id === id.trim(), 'must not begin or end with a blank')
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or "..", which no URL can carry')
  .refine((id) => !/\p{Surrogate}/u.test(id), 'must be well-formed Unicode')
  .meta({ description: 'The task’s id', examples: ['task-7f3a'] });

export const prioritySchema = z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND']);
export const languageSchema = z.enum(['javascript', 'typescript', 'python']);

const givenFile = z.strictObject({
  path: z.string().min(1).max(1_000),
  content: z.string().max(limits.fileLength),
  kind: z.enum(['test', 'source', 'reference']).meta({
    description: 'test: the judge, never rewritten; source: built upon; reference: to read',
  }),
});

/**
 * The body of `POST /tasks`.
 *
 * Like every request it takes no names but these: a misspelt one would be left out of what is done.
 */
export const startTask = wireForm(
  z
    .strictObject({
      prompt: z
        .string()
        .min(1, { error: 'must not be blank', abort: true })
        .max(limits.promptLength)
        .refine(notBlank, 'must not be blank')
        .meta({ description: 'What is to be programmed, in plain words' }),
      answers: z
        .array(z.string().max(limits.answerLength))
        .max(limits.answers)
        .default([])
        .meta({ description: 'Answers to questions that may come up, given ahead' }),
      priority: prioritySchema
        .nullable()
        .default(null)
        .meta({ description: 'Of all its steps; null: each step has its kind’s own' }),
      language: languageSchema.nullable().default(null).meta({
        description: 'null: what the files show or the prompt says, else the server’s default',
      }),
      files: z
        .array(givenFile)
        .max(limits.files)
        .default([])
        .meta({ description: 'Tests that judge, code to build upon, texts to read' }),
      taskId: taskIdSchema
        .nullable()
        .default(null)
        .meta({ description: 'An id of your own, not in use; null: one is made' }),
    })
    .meta({ id: 'StartTask' }),
);

const plannedModule = z.strictObject({
  name: z.string().min(1).max(500),
  purpose: z.string().max(limits.textLength),
  dependsOn: z.array(z.string().max(500)).max(limits.planModules).default([]),
});

/** The body of `POST /tasks/:id/interventions`. */
export const intervention = wireForm(
  z
    .strictObject({
      kind: z
        .enum(['guidance', 'answer', 'plan', 'pause', 'resume'])
        .meta({ description: 'guidance: a hint; answer: to a question; plan: a new plan' }),
      text: z
        .string()
        .max(limits.textLength)
        .nullable()
        .default(null)
        .meta({ description: 'The guidance or the answer, required for these' }),
      questionId: z
        .string()
        .min(1)
        .max(200)
        .nullable()
        .default(null)
        .meta({ description: 'Which of the task’s questions is answered' }),
      plan: z
        .array(plannedModule)
        .max(limits.planModules)
        .nullable()
        .default(null)
        .meta({ description: 'The modules, required for a plan' }),
    })
    .meta({ id: 'Intervention' }),
);

/** What an intervention of its kind must bring; the first thing missing, or undefined. */
export function missingInIntervention(
  given: z.output<typeof intervention.house>,
): { readonly field: 'text' | 'plan'; readonly message: string } | undefined {
  if ((given.kind === 'guidance' || given.kind === 'answer') && !notBlank(given.text ?? '')) {
    return { field: 'text', message: `is required for kind "${given.kind}"` };
  }
  if (given.kind === 'plan' && (given.plan === null || given.plan.length === 0)) {
    return { field: 'plan', message: 'is required for kind "plan"' };
  }
  return undefined;
}

/** The body of `POST /tasks/:id/bug-reports`. */
export const bugReport = wireForm(
  z
    .strictObject({
      description: z
        .string()
        .min(1, { error: 'must not be blank', abort: true })
        .max(limits.textLength)
        .refine(notBlank, 'must not be blank')
        .meta({ description: 'What is wrong, in plain words' }),
      module: z
        .string()
        .min(1)
        .max(500)
        .nullable()
        .default(null)
        .meta({ description: 'Where, if known' }),
      codeVersion: z
        .int()
        .min(0)
        .nullable()
        .default(null)
        .meta({ description: 'What it was found in; null, like all below: in the code as it is' }),
      codeHash: z
        .string()
        .min(1)
        .max(200)
        .nullable()
        .default(null)
        .meta({ description: 'Of all files of that code version' }),
      vectorClock: z
        .record(z.string(), z.int().min(0))
        .nullable()
        .default(null)
        .meta({ description: 'Of the last event that the reporter had seen' }),
    })
    .meta({ id: 'BugReport' }),
);

/** The body of `POST /tasks/:id/cancel`; it may be left out. */
export const cancelTask = wireForm(
  z
    .strictObject({
      reason: z
        .string()
        .max(limits.textLength)
        .nullable()
        .default(null)
        .meta({ description: 'Why, for the log' }),
    })
    .meta({ id: 'CancelTask' }),
);
