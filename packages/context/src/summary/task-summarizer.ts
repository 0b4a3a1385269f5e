import { defineSignature } from '@org/models';
import { z } from 'zod';
import { clipTokens } from './clip-tokens.ts';
import { type Author, type SummarizerOptions, writeProse } from './prose.ts';

export interface TaskSummaryInput {
  readonly taskId: string;
  /** In the user's words. */
  readonly requirements: string;
  /** @default none */
  readonly plan?: readonly { readonly name: string; readonly purpose?: string }[] | undefined;
  /** How the modules came out so far. @default none */
  readonly moduleResults?: readonly ModuleResult[] | undefined;
}

export interface ModuleResult {
  readonly module: string;
  readonly outcome: 'passed' | 'failed';
  /** Tests; @default 0 of 0 */
  readonly passed?: number | undefined;
  readonly total?: number | undefined;
}

/** A task in a few words. Status, modules and success are counted, never written by a model. */
export interface TaskSummary {
  readonly goal: string;
  readonly status: 'planned' | 'running' | 'completed' | 'failed';
  readonly modules: readonly string[];
  /** Passed tests of all, or passed modules of all where there are no tests: 0 to 1. */
  readonly successRate: number;
  /** At most 100 tokens. */
  readonly summary: string;
  readonly author: Author;
}

const summaryTokens = 100;
const nothingYet = 'No requirements yet';

const input = z.object({
  taskId: z.string(),
  requirements: z.string(),
  modules: z.string(),
  standing: z.string(),
});
const prose = z.object({ goal: z.string().min(1), summary: z.string().min(1) });

/** Says what a task is after and how it stands. */
export class TaskSummarizer {
  readonly #options: SummarizerOptions;

  constructor(options: SummarizerOptions = {}) {
    this.#options = options;
  }

  /** One call to the model at most 30 s long; without it the prose comes from the requirements. */
  async summarize(
    given: TaskSummaryInput,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<TaskSummary> {
    const { taskId, requirements, plan = [], moduleResults = [] } = given;
    const modules = [
      ...new Set([...plan.map(({ name }) => name), ...moduleResults.map(({ module }) => module)]),
    ];
    const facts = {
      status: statusOf(modules, moduleResults),
      modules,
      successRate: successOf(modules, moduleResults),
    };
    const standing = `${facts.status}, ${moduleResults.filter(isPassed).length} of ${modules.length} modules passed`;
    if (requirements.trim() === '')
      return { goal: nothingYet, ...facts, summary: nothingYet, author: 'facts' };
    const material = {
      taskId,
      requirements: clipTokens(requirements, 1_500),
      modules: clipTokens(
        plan.map(({ name, purpose = '' }) => `${name}: ${purpose}`).join('\n') || 'not planned',
        500,
      ),
      standing,
    };
    const signature = { ...taskSignature, fallback: () => proseOf(requirements, standing) };
    const written = await writeProse(signature, material, { ...this.#options, ...options });
    return {
      goal: clipTokens(written.prose.goal, summaryTokens),
      ...facts,
      summary: clipTokens(written.prose.summary, summaryTokens),
      author: written.author,
    };
  }
}

const taskSignature = defineSignature({
  name: 'task-summary',
  instructions:
    'Summarise a coding task for someone who has to know what it is after and how it stands. Say only what is shown. goal: one sentence. summary: at most 50 words.',
  input,
  output: prose,
});

function isPassed({ outcome }: ModuleResult): boolean {
  return outcome === 'passed';
}

function statusOf(
  modules: readonly string[],
  results: readonly ModuleResult[],
): TaskSummary['status'] {
  if (results.length === 0) return 'planned';
  if (new Set(results.map(({ module }) => module)).size < modules.length) return 'running';
  return results.every(isPassed) ? 'completed' : 'failed';
}

function successOf(modules: readonly string[], results: readonly ModuleResult[]): number {
  const total = results.reduce((sum, result) => sum + (result.total ?? 0), 0);
  const passed = results.reduce((sum, result) => sum + (result.passed ?? 0), 0);
  if (total > 0) return Math.min(1, passed / total);
  return modules.length === 0 ? 0 : results.filter(isPassed).length / modules.length;
}

function proseOf(requirements: string, standing: string): z.output<typeof prose> {
  const plain = requirements.replaceAll(/\s+/g, ' ').trim();
  const goal = /^.*?[.!?](?=\s|$)/.exec(plain)?.[0] ?? plain;
  return { goal, summary: `${clipTokens(goal, 70)} Status: ${standing}.` };
}
