import type { Language, NewEvent } from '@org/events';
import { givenTestsOf } from './given-tests.ts';
import { chooseLanguage } from './language.ts';
import { type Cause, callsModel, type Step, stepId } from './step.ts';
import { bestAttempt, chooseStrategy, type Strategy } from './strategy.ts';
import {
  type CorrectionReason,
  type ModuleProgress,
  subjectOf,
  type WorkflowState,
} from './workflow-state.ts';

/** Limits that decide when a task is given up. */
export interface TaskLimits {
  /** Versions of one module's code, the first included. @default 5 */
  readonly maxIterations: number;
  /** Tokens of prompts and answers together; null: no limit. @default null */
  readonly tokenBudget: number | null;
}

export interface DecideOptions extends TaskLimits {
  /** For a task that says no language and whose files show none. */
  readonly defaultLanguage: Language;
  readonly models: readonly string[];
}

/** The reason of a module whose given tests do not load or have no test: nothing to be corrected by a model. */
export const givenTestsUnusable = 'given-tests-unusable';

interface Due {
  /** The same for every execution of the same decision. */
  readonly id: string;
  readonly cause: Cause;
}

/** What comes next for a task. */
export type Decision =
  /** Work that takes time. `begin` is appended before it, unless it stands in the log already. */
  | (Due & { readonly do: 'step'; readonly step: Step; readonly begin: readonly NewEvent[] })
  /** Facts that follow from the log alone. */
  | (Due & { readonly do: 'record'; readonly events: readonly NewEvent[] })
  | { readonly do: 'wait'; readonly for: 'answer' | 'resume' }
  | { readonly do: 'end' };

/** Names the next step of a task. Pure: the same log gives the same answer, before and after a crash. */
export function decide(state: WorkflowState, options: DecideOptions): Decision {
  const next = decideUnpaused(state, options);
  const held = state.paused && (next.do === 'step' || next.do === 'record');
  return held && state.cancelRequested === null && state.ended === null
    ? { do: 'wait', for: 'resume' }
    : next;
}

/** As {@link decide}, for a task that is not paused: what a step's outcome is held against. */
export function decideUnpaused(state: WorkflowState, options: DecideOptions): Decision {
  const { cause } = state;
  if (cause === null) return { do: 'end' };
  if (state.ended !== null) {
    return state.ended === 'completed' && !state.analysed
      ? stepOf(state, cause, { kind: 'analyse' })
      : { do: 'end' };
  }
  if (state.cancelRequested !== null) {
    return record(state, state.cancelRequested, 'cancel', [
      { eventType: 'TASK_CANCELLED', data: { reason: null } },
    ]);
  }
  if (state.questions > 0) return { do: 'wait', for: 'answer' };
  const next = nextOfWork(state, cause, options);
  const spent = state.task.tokens.prompt + state.task.tokens.completion;
  // What is written is still tested, and what has passed is complete: neither costs a token.
  return options.tokenBudget !== null &&
    spent > options.tokenBudget &&
    next.do === 'step' &&
    callsModel(next.step.kind)
    ? fail(state, cause, {
        reason: 'token-budget',
        message: `The task has used ${spent} tokens of ${options.tokenBudget}.`,
      })
    : next;
}

function nextOfWork(state: WorkflowState, cause: Cause, options: DecideOptions): Decision {
  if (state.order !== null) return nextOfModules(state, cause, options);
  const language = chooseLanguage(state.task, options.defaultLanguage);
  return stepOf(
    state,
    cause,
    { kind: 'plan' },
    state.begun
      ? []
      : [{ eventType: 'TASK_STARTED', data: { language, models: [...options.models] } }],
  );
}

function nextOfModules(state: WorkflowState, cause: Cause, options: DecideOptions): Decision {
  const modules = (state.order ?? []).flatMap((name) => state.modules[name] ?? []);
  const failed = modules.find((module) => module.phase === 'failed');
  if (failed !== undefined) {
    return fail(state, cause, {
      reason: failed.failure ?? 'module-failed',
      message:
        failed.failure === givenTestsUnusable
          ? `The given tests of ${failed.plan.name} cannot be run; the failed test run says why.`
          : `Module ${failed.plan.name} could not be made to pass its tests.`,
      module: failed,
    });
  }
  const current = modules.find((module) => module.phase !== 'passed');
  if (current === undefined || current.phase === 'planned') {
    const asked = askedCorrection(state, modules);
    if (asked !== null) return asked;
  }
  return current === undefined
    ? complete(state, cause, modules)
    : nextOfModule(state, { module: current, cause, options });
}

/** A bug report or guidance on code that stands, not seen by any model yet. */
function askedCorrection(
  state: WorkflowState,
  modules: readonly ModuleProgress[],
): Decision | null {
  const asked = [
    ...state.bugReports.map((request) => ({ request, reason: 'bug-report' as const })),
    // Guidance that comes before the last module is seen by the calls still to come.
    ...(modules.every((module) => module.phase === 'passed') ? state.guidance : []).map(
      (request) => ({ request, reason: 'guidance' as const }),
    ),
  ];
  for (const { request, reason } of asked) {
    const module = modules.find((m) => m.plan.name === subjectOf(state, request));
    if (module !== undefined && module.phase === 'passed')
      return correct(state, module, { cause: request.cause, strategy: 'correct', reason });
  }
  return null;
}

function nextOfModule(
  state: WorkflowState,
  next: { readonly module: ModuleProgress; readonly cause: Cause; readonly options: DecideOptions },
): Decision {
  const { module, cause, options } = next;
  const { name, purpose, dependsOn } = module.plan;
  switch (module.phase) {
    case 'planned':
      return stepOf(state, cause, { kind: 'generate', module: name }, [
        { eventType: 'MODULE_STARTED', data: { module: name, purpose, dependsOn } },
        {
          eventType: 'MODULE_ITERATION',
          data: { module: name, iteration: module.iterations + 1, strategy: 'generate' },
        },
      ]);
    case 'started':
      return stepOf(state, cause, { kind: 'generate', module: name });
    case 'coded':
      return hasTests(state, module)
        ? stepOf(state, cause, { kind: 'test', module: name })
        : stepOf(state, cause, { kind: 'write-tests', module: name, rewrite: false });
    case 'testing':
      return stepOf(state, cause, { kind: 'test', module: name });
    case 'tests-passed':
      return record(state, cause, 'complete-module', [
        moduleComplete(module, { outcome: 'passed', reason: null }),
      ]);
    case 'tests-failed':
      return afterFailure(state, module, { cause, options });
    case 'correcting':
      return module.correction === null ? { do: 'end' } : correct(state, module, module.correction);
    case 'passed':
    case 'failed':
      return { do: 'end' };
  }
}

function afterFailure(
  state: WorkflowState,
  module: ModuleProgress,
  after: { readonly cause: Cause; readonly options: DecideOptions },
): Decision {
  const { name } = module.plan;
  if (module.iterations - module.iterationsBefore >= after.options.maxIterations) {
    return record(state, after.cause, 'complete-module', [
      moduleComplete(module, { outcome: 'failed', reason: 'max-iterations' }),
    ]);
  }
  const strategy = chooseStrategy(module.attempts, {
    testsMayBeRewritten:
      !module.testsRewritten && module.tests.every((file) => file.origin === 'generated'),
  });
  if (strategy === 'rewrite-tests') {
    return stepOf(
      state,
      after.cause,
      { kind: 'write-tests', module: name, rewrite: true },
      module.strategy === 'rewrite-tests'
        ? []
        : [
            {
              eventType: 'MODULE_ITERATION',
              data: { module: name, iteration: module.iterations, strategy },
            },
          ],
    );
  }
  return correct(state, module, { cause: after.cause, strategy, reason: 'test-failed' });
}

function correct(
  state: WorkflowState,
  module: ModuleProgress,
  correction: {
    readonly cause: Cause;
    readonly strategy: Strategy;
    readonly reason: CorrectionReason;
  },
): Decision {
  const { name } = module.plan;
  const { strategy, reason } = correction;
  return stepOf(
    state,
    correction.cause,
    { kind: 'correct', module: name, strategy, reason },
    module.phase === 'correcting'
      ? []
      : [
          {
            eventType: 'MODULE_ITERATION',
            data: { module: name, iteration: module.iterations + 1, strategy },
          },
          {
            eventType: 'CORRECTION_STARTED',
            data: { module: name, fromVersion: state.task.codeVersion, reason },
          },
        ],
  );
}

/** Whether a module needs no model to have tests: given ones judge it, or its own stand already. */
function hasTests(state: WorkflowState, module: ModuleProgress): boolean {
  const given = givenTestsOf(module.plan.name, {
    files: state.task.files,
    order: state.order ?? [],
  });
  return module.tests.length > 0 || given.length > 0;
}

function complete(
  state: WorkflowState,
  cause: Cause,
  modules: readonly ModuleProgress[],
): Decision {
  const tests = modules
    .map((module) => module.attempts.at(-1))
    .reduce(
      (sum, last) => ({
        passed: sum.passed + (last?.passed ?? 0),
        total: sum.total + (last?.total ?? 0),
      }),
      { passed: 0, total: 0 },
    );
  return record(state, cause, 'complete', [
    {
      eventType: 'TASK_COMPLETE',
      data: {
        summary: `${modules.length} ${modules.length === 1 ? 'module' : 'modules'}, ${tests.passed} of ${tests.total} tests passed`,
        files: Object.keys(state.snapshot).sort(),
        tests,
      },
    },
  ]);
}

function fail(
  state: WorkflowState,
  cause: Cause,
  failure: { readonly reason: string; readonly message: string; readonly module?: ModuleProgress },
): Decision {
  return record(state, cause, 'fail', [taskFailed(state, failure)]);
}

/** The end of a task that is given up, with the version that passed most tests. */
export function taskFailed(
  state: WorkflowState,
  failure: { readonly reason: string; readonly message: string; readonly module?: ModuleProgress },
): Extract<NewEvent, { eventType: 'TASK_FAILED' }> {
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

/** The end of one module's work. */
export function moduleComplete(
  module: ModuleProgress,
  end: { readonly outcome: 'passed' | 'failed'; readonly reason: string | null },
): Extract<NewEvent, { eventType: 'MODULE_COMPLETE' }> {
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

function bestOf(module: ModuleProgress | undefined) {
  const best = bestAttempt(module?.attempts ?? []);
  return best === null
    ? null
    : { codeVersion: best.codeVersion, passed: best.passed, total: best.total };
}

function stepOf(
  state: WorkflowState,
  cause: Cause,
  step: Step,
  begin: readonly NewEvent[] = [],
): Decision {
  const subject = 'module' in step ? `${step.kind}:${step.module}` : step.kind;
  return { do: 'step', id: stepId(state.task.taskId ?? '', cause, subject), cause, step, begin };
}

function record(
  state: WorkflowState,
  cause: Cause,
  action: string,
  events: readonly NewEvent[],
): Decision {
  return { do: 'record', id: stepId(state.task.taskId ?? '', cause, action), cause, events };
}
