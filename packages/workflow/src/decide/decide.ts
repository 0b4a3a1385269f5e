import { chooseLanguage } from '../language.ts';
import type { Cause } from '../state/cause.ts';
import type { ModuleProgress } from '../state/module-progress.ts';
import { subjectOf, type WorkflowState } from '../state/workflow-state.ts';
import { type DecideOptions, type Decision, recordOf, stepOf } from './decision.ts';
import { taskComplete, taskFailed } from './endings.ts';
import { moduleFailure } from './module-failure.ts';
import { correctionOf, nextOfModule } from './next-of-module.ts';
import { callsModel } from './step.ts';

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
    return recordOf(state, state.cancelRequested, 'cancel', [
      { eventType: 'TASK_CANCELLED', data: { reason: null } },
    ]);
  }
  if (state.questions > 0) return { do: 'wait', for: 'answer' };
  return withinBudget(state, nextOfWork(state, cause, options), { cause, options });
}

/** What is written is still tested, and what has passed is complete: neither costs a token. */
function withinBudget(
  state: WorkflowState,
  next: Decision,
  { cause, options }: { readonly cause: Cause; readonly options: DecideOptions },
): Decision {
  const spent = state.task.tokens.prompt + state.task.tokens.completion;
  return options.tokenBudget !== null &&
    spent > options.tokenBudget &&
    next.do === 'step' &&
    callsModel(next.step.kind)
    ? recordOf(state, cause, 'fail', [
        taskFailed(state, {
          reason: 'token-budget',
          message: `The task has used ${spent} tokens of ${options.tokenBudget}.`,
        }),
      ])
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
  if (failed !== undefined)
    return recordOf(state, cause, 'fail', [taskFailed(state, moduleFailure(failed))]);
  const current = modules.find((module) => module.phase !== 'passed');
  if (current === undefined || current.phase === 'planned') {
    const asked = askedCorrection(state, modules);
    if (asked !== null) return asked;
  }
  return current === undefined
    ? recordOf(state, cause, 'complete', [taskComplete(state, modules)])
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
      return correctionOf(state, module, { cause: request.cause, strategy: 'correct', reason });
  }
  return null;
}
