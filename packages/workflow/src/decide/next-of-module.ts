import { givenTestsOf } from '../plan/given-tests.ts';
import type { Strategy } from '../state/attempt.ts';
import type { Cause } from '../state/cause.ts';
import type { CorrectionReason, ModuleProgress } from '../state/module-progress.ts';
import type { WorkflowState } from '../state/workflow-state.ts';
import { type DecideOptions, type Decision, recordOf, stepOf } from './decision.ts';
import { moduleComplete } from './endings.ts';
import { chooseStrategy } from './strategy.ts';

/** What comes next for the module that is worked on. */
export function nextOfModule(
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
      return recordOf(state, cause, 'complete-module', [
        moduleComplete(module, { outcome: 'passed', reason: null }),
      ]);
    case 'tests-failed':
      return afterFailure(state, module, { cause, options });
    case 'correcting':
      return module.correction === null
        ? { do: 'end' }
        : correctionOf(state, module, module.correction);
    case 'passed':
    case 'failed':
      return { do: 'end' };
  }
}

/** The correction of a module; its STARTED events begin it, unless they stand already. */
export function correctionOf(
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

function afterFailure(
  state: WorkflowState,
  module: ModuleProgress,
  after: { readonly cause: Cause; readonly options: DecideOptions },
): Decision {
  const { name } = module.plan;
  if (module.iterations - module.iterationsBefore >= after.options.maxIterations) {
    return recordOf(state, after.cause, 'complete-module', [
      moduleComplete(module, { outcome: 'failed', reason: 'max-iterations' }),
    ]);
  }
  const strategy = chooseStrategy(module.attempts, {
    testsMayBeRewritten:
      !module.testsRewritten && module.tests.every((file) => file.origin === 'generated'),
  });
  if (strategy !== 'rewrite-tests')
    return correctionOf(state, module, { cause: after.cause, strategy, reason: 'test-failed' });
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

/** Whether a module needs no model to have tests: given ones judge it, or its own stand already. */
function hasTests(state: WorkflowState, module: ModuleProgress): boolean {
  const given = givenTestsOf(module.plan.name, {
    files: state.task.files,
    order: state.order ?? [],
  });
  return module.tests.length > 0 || given.length > 0;
}
