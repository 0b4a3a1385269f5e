import { z } from 'zod';
import { wireLimits as limits } from './limits.ts';
import { wireForm } from './wire-form.ts';

const notBlank = (text: string) => text.trim() !== '';

/** 1–256 characters without a blank at either end; any other character is allowed. */
export const taskIdSchema = z
  .string()
  .min(1)
  .max(limits.taskIdLength)
  .refine((id) => id === id.trim(), 'must not begin or end with a blank')
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
      priority: prioritySchema.nullable().default(null),
      language: languageSchema.nullable().default(null),
      files: z.array(givenFile).max(limits.files).default([]),
      taskId: taskIdSchema.nullable().default(null),
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
      kind: z.enum(['guidance', 'answer', 'plan', 'pause', 'resume']),
      text: z.string().max(limits.textLength).nullable().default(null),
      questionId: z.string().min(1).max(200).nullable().default(null),
      plan: z.array(plannedModule).max(limits.planModules).nullable().default(null),
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
        .refine(notBlank, 'must not be blank'),
      module: z.string().min(1).max(500).nullable().default(null),
      codeVersion: z.int().min(0).nullable().default(null),
      codeHash: z.string().min(1).max(200).nullable().default(null),
      vectorClock: z.record(z.string(), z.int().min(0)).nullable().default(null),
    })
    .meta({ id: 'BugReport' }),
);

/** The body of `POST /tasks/:id/cancel`; it may be left out. */
export const cancelTask = wireForm(
  z
    .strictObject({ reason: z.string().max(limits.textLength).nullable().default(null) })
    .meta({ id: 'CancelTask' }),
);
