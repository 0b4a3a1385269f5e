import type { NewEvent } from '@org/events';
import { bestAttempt } from '../state/attempt.ts';
import type { ModuleProgress } from '../state/module-progress.ts';
import type { WorkflowState } from '../state/workflow-state.ts';

type EventOf<Type extends NewEvent['eventType']> = Extract<NewEvent, { eventType: Type }>;

/** The reason of a module whose given tests do not load or have no test: nothing to be corrected by a model. */
export const givenTestsUnusable = 'given-tests-unusable';

/** Why a task is given up. */
export interface TaskFailure {
  readonly reason: string;
  readonly message: string;
  /** Whose best version is delivered. @default the last one that has code */
  readonly module?: ModuleProgress;
}

/** The end of one module's work. */
export function moduleComplete(
  module: ModuleProgress,
  end: { readonly outcome: 'passed' | 'failed'; readonly reason: string | null },
): EventOf<'MODULE_COMPLETE'> {
  return {
    eventType: 'MODULE_COMPLETE',
    data: {
      module: module.plan.name,
      outcome: end.outcome,
      iterations: module.iterations,
      reason: end.reason,
      best: bestOf(module),
    },
  };
}

/** The end of a task all of whose modules have passed. */
export function taskComplete(
  state: WorkflowState,
  modules: readonly ModuleProgress[],
): EventOf<'TASK_COMPLETE'> {
  const tests = modules
    .map((module) => module.attempts.at(-1))
    .reduce(
      (sum, last) => ({
        passed: sum.passed + (last?.passed ?? 0),
        total: sum.total + (last?.total ?? 0),
      }),
      { passed: 0, total: 0 },
    );
  return {
    eventType: 'TASK_COMPLETE',
    data: {
      summary: `${modules.length} ${modules.length === 1 ? 'module' : 'modules'}, ${tests.passed} of ${tests.total} tests passed`,
      files: Object.keys(state.snapshot).sort(),
      tests,
    },
  };
}

/** The end of a task that is given up, with the version that passed most tests. */
export function taskFailed(state: WorkflowState, failure: TaskFailure): EventOf<'TASK_FAILED'> {
  const module =
    failure.module ??
    (state.order ?? [])
      .flatMap((name) => state.modules[name] ?? [])
      .findLast((m) => m.attempts.length > 0);
  return {
    eventType: 'TASK_FAILED',
    data: {
      reason: failure.reason,
      message: failure.message,
      best: bestOf(module),
      files: Object.keys(state.snapshot).sort(),
    },
  };
}

function bestOf(module: ModuleProgress | undefined) {
  const best = bestAttempt(module?.attempts ?? []);
  return best === null
    ? null
    : { codeVersion: best.codeVersion, passed: best.passed, total: best.total };
}
