import type { GivenFile, Language, PlannedModule } from '@org/events';
import { z } from 'zod';
import type { Parsed } from '../model-calls/model-question.ts';
import { planFaults } from '../plan/plan-check.ts';

/** What the planner answers: modules, or questions when the task cannot be planned without an answer. */
export interface PlanAnswer {
  readonly modules: readonly PlannedModule[];
  readonly questions: readonly string[];
}

const planAnswer = z.object({
  modules: z.array(
    z.object({ name: z.string(), purpose: z.string(), dependsOn: z.array(z.string()) }),
  ),
  questions: z.array(z.string()).default([]),
});

/** The JSON schema sent with the question: plain types only, as small models' grammars take them. */
export const planFormat: Readonly<Record<string, unknown>> = {
  type: 'object',
  properties: {
    modules: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          purpose: { type: 'string' },
          dependsOn: { type: 'array', items: { type: 'string' } },
        },
        required: ['name', 'purpose', 'dependsOn'],
      },
    },
    questions: { type: 'array', items: { type: 'string' } },
  },
  required: ['modules', 'questions'],
};

/** Questions a task may ask at once. */
const maxQuestions = 5;

export function planInstructions(task: {
  readonly language: Language;
  readonly files: readonly GivenFile[];
}): string {
  const tests = task.files.filter((file) => file.kind === 'test').map((file) => file.path);
  const extension = { javascript: '.js', typescript: '.ts', python: '.py' }[task.language];
  return [
    `Plan this task. Split it into as few ${task.language} source files as make sense: mostly one, seldom more than three.`,
    `For each file give its name (ending in ${extension}), its purpose in one or two sentences (which functions, what they take and give), and the names of the other planned files it imports. No test files.`,
    ...(tests.length > 0
      ? [
          `The tests are given (${tests.join(', ')}) and are not to be planned: plan the files that they import, by exactly those names.`,
        ]
      : []),
    'Ask questions only when the task cannot be done without an answer; then leave modules empty. Otherwise leave questions empty.',
    'Answer with JSON only: {"modules": [{"name": "…", "purpose": "…", "dependsOn": []}], "questions": []}',
  ].join('\n');
}

/** Reads a plan and checks it; its faults are put into words that the model can act on. */
export function parsePlan(
  text: string,
  task: {
    readonly language: Language;
    readonly files: readonly GivenFile[];
    readonly mayAsk: boolean;
  },
): Parsed<PlanAnswer> {
  const json = jsonIn(text);
  if (json === undefined) return { ok: false, outcome: 'malformed', problem: 'It was not JSON.' };
  const parsed = planAnswer.safeParse(json);
  if (!parsed.success)
    return { ok: false, outcome: 'malformed', problem: z.prettifyError(parsed.error) };
  const questions = parsed.data.questions
    .map((question) => question.trim())
    .filter((question) => question !== '')
    .slice(0, maxQuestions);
  if (questions.length > 0 && parsed.data.modules.length === 0 && task.mayAsk)
    return { ok: true, answer: { modules: [], questions } };
  const modules = parsed.data.modules.map((module) => ({
    ...module,
    name: module.name.replace(/^\.\//, ''),
    dependsOn: module.dependsOn.map((name) => name.replace(/^\.\//, '')),
  }));
  const faults = planFaults(modules, task);
  return faults.length > 0
    ? { ok: false, outcome: 'invalid', problem: faults.slice(0, 8).join(' ') }
    : { ok: true, answer: { modules, questions: [] } };
}

/** The JSON object in an answer: bare, fenced, or with words around it. */
function jsonIn(text: string): unknown {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start) return undefined;
  try {
    return JSON.parse(text.slice(start, end + 1));
  } catch {
    return undefined;
  }
}
