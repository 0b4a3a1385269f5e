import type { TaskState } from '@org/events';
import { z } from 'zod';
import { languageSchema, prioritySchema } from './requests.ts';
import { type Frozen, wireForm } from './wire-form.ts';

const count = z.int().min(0);
const time = z.iso.datetime().meta({ description: 'ISO 8601, UTC' });

export const taskStatusSchema = z.enum([
  'created',
  'planning',
  'running',
  'paused',
  'waiting',
  'completed',
  'failed',
  'cancelled',
]);

/** `completed`, `failed` and `cancelled`: no more work (a bug report may reopen a completed one). */
export function hasEnded(
  status: TaskState['status'],
): status is 'completed' | 'failed' | 'cancelled' {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

const testResult = z.object({
  codeVersion: count,
  passed: count,
  failed: count,
  total: count,
  failing: z.array(z.string()),
});

const moduleStatus = z.object({
  name: z.string(),
  status: z.enum(['planned', 'running', 'testing', 'correcting', 'passed', 'failed']),
  iterations: count,
  codeVersion: count,
  tests: testResult.nullable(),
});

const summaryShape = {
  taskId: z.string(),
  status: taskStatusSchema,
  version: count.meta({ description: 'Of the task’s stream: its number of events' }),
  codeVersion: count.meta({ description: '0: no code yet' }),
  prompt: z.string(),
  priority: prioritySchema.nullable(),
  error: z.object({ reason: z.string(), message: z.string() }).nullable(),
  createdAt: time.nullable(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
};

/** One line of `GET /tasks`; `prompt` is cut to its first 200 characters. */
export const taskSummary = wireForm(z.object(summaryShape).meta({ id: 'TaskSummary' }));
export type TaskSummary = Frozen<z.output<typeof taskSummary.house>>;

/** `GET /tasks/:id`. */
export const taskDetail = wireForm(
  z
    .object({
      ...summaryShape,
      sequence: count.meta({ description: 'Of the task’s newest event in the whole log' }),
      codeHash: z.string().nullable(),
      language: languageSchema.nullable(),
      modules: z.array(moduleStatus),
      questions: z.array(z.object({ questionId: z.string(), text: z.string() })),
      openBugReports: count,
      staleEvents: count,
      tokens: z.object({ prompt: count, completion: count, calls: count }),
      result: z
        .object({
          summary: z.string(),
          files: z.array(z.string()),
          tests: z.object({ passed: count, total: count }),
        })
        .nullable(),
    })
    .meta({ id: 'Task' }),
);
export type TaskDetail = Frozen<z.output<typeof taskDetail.house>>;

const previewLength = 200;

/** A task in one line. */
export function summarise(taskId: string, state: TaskState): TaskSummary {
  return {
    taskId,
    status: state.status,
    version: state.version,
    codeVersion: state.codeVersion,
    prompt: preview(state.prompt),
    priority: state.priority,
    error: state.error,
    createdAt: state.createdAt,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
  };
}

/** A task as its page shows it. */
export function detail(taskId: string, state: TaskState): TaskDetail {
  return {
    ...summarise(taskId, state),
    prompt: state.prompt,
    sequence: state.sequence,
    codeHash: state.codeHash,
    language: state.language,
    modules: inPlanOrder(state).map(({ name, status, iterations, codeVersion, lastTest }) => ({
      name,
      status,
      iterations,
      codeVersion,
      tests: lastTest && {
        codeVersion: lastTest.codeVersion,
        passed: lastTest.passed,
        failed: lastTest.failed,
        total: lastTest.total,
        failing: lastTest.failing,
      },
    })),
    questions: state.questions.map(({ questionId, text }) => ({ questionId, text })),
    openBugReports: state.openBugReports.length,
    staleEvents: state.staleEvents,
    tokens: state.tokens,
    result: state.result && {
      summary: state.result.summary,
      files: state.result.files,
      tests: state.result.tests,
    },
  };
}

function inPlanOrder(state: TaskState) {
  const planned = state.plan.map(({ name }) => name);
  const others = Object.keys(state.modules).filter((name) => !planned.includes(name));
  return [...planned, ...others].flatMap((name) => {
    const module = Object.hasOwn(state.modules, name) ? state.modules[name] : undefined;
    return module ? [module] : [];
  });
}

function preview(prompt: string): string {
  if (prompt.length <= previewLength) return prompt;
  // A cut through a surrogate pair would leave half a character.
  return `${prompt.slice(0, previewLength).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
