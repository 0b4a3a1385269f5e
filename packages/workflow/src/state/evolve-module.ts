import type { Event } from '@org/events';
import type { Attempt } from './attempt.ts';
import { type Cause, causeOf } from './cause.ts';
import { withFiles } from './code-snapshot.ts';
import { withDependentsToTest } from './evolve-plan.ts';
import type { ModuleProgress } from './module-progress.ts';
import { seenByModel } from './seen-by-model.ts';
import { moduleNamed, subjectOf, type WorkflowState } from './workflow-state.ts';

/** An event of the work on one module. */
export type ModuleEvent = Extract<
  Event,
  {
    eventType:
      | 'MODULE_STARTED'
      | 'MODULE_ITERATION'
      | 'MODULE_COMPLETE'
      | 'CODE_GENERATED'
      | 'TEST_STARTED'
      | 'TEST_PASSED'
      | 'TEST_FAILED'
      | 'CORRECTION_STARTED'
      | 'CORRECTION_COMPLETED';
  }
>;

/** Folds the work on one module; of a module that the plan does not know nothing is kept. */
export function evolveModule(state: WorkflowState, event: ModuleEvent): WorkflowState {
  const module = moduleNamed(state, event.data.module);
  if (module === undefined) return state;
  const update = (
    change: Partial<ModuleProgress>,
    rest: Partial<WorkflowState> = {},
  ): WorkflowState => ({
    ...state,
    ...rest,
    modules: { ...state.modules, [module.plan.name]: { ...module, ...change } },
  });
  switch (event.eventType) {
    case 'MODULE_STARTED':
      return update({ phase: 'started' });
    case 'MODULE_ITERATION':
      return event.data.strategy === 'rewrite-tests'
        ? update({ strategy: event.data.strategy })
        : update({
            iterations: event.data.iteration,
            strategy: event.data.strategy,
            iterationCause: knownCause(state, event.causationId),
          });
    case 'CODE_GENERATED': {
      const snapshot = withFiles(state.snapshot, {
        files: event.data.files,
        codeVersion: event.codeVersion,
      });
      const attempt: Attempt = {
        codeVersion: event.codeVersion,
        codeHash: snapshot[module.plan.name]?.hash ?? '',
        passed: 0,
        total: 0,
        failureSignature: null,
      };
      return update(
        { phase: 'coded', attempts: [...module.attempts, attempt] },
        { snapshot, cause: causeOf(event), ...seenByModel(state, event.data.calls) },
      );
    }
    case 'TEST_STARTED':
      return update(
        {
          phase: 'testing',
          tests: event.data.tests.map((file) => ({
            ...file,
            content: file.content ?? knownContent(state, { module, path: file.path }),
          })),
          expected: event.data.expected,
          dropped: event.data.dropped,
          testsRewritten:
            module.testsRewritten || event.data.tests.some((file) => file.origin === 'rewritten'),
        },
        seenByModel(state, event.data.calls),
      );
    case 'TEST_PASSED':
    case 'TEST_FAILED':
      return update(
        {
          phase: event.eventType === 'TEST_PASSED' ? 'tests-passed' : 'tests-failed',
          attempts: withResult(module.attempts, {
            passed: event.data.passed,
            total: event.data.total,
            failureSignature: event.eventType === 'TEST_FAILED' ? event.data.signature : null,
          }),
        },
        { cause: causeOf(event) },
      );
    case 'CORRECTION_STARTED': {
      const reopened = event.data.reason !== 'test-failed';
      return update({
        phase: 'correcting',
        iterationsBefore: reopened ? module.iterations - 1 : module.iterationsBefore,
        correction: {
          reason: event.data.reason,
          strategy: module.strategy === 'generate' ? 'correct' : module.strategy,
          cause: module.iterationCause ?? causeOf(event),
          startedSequence: event.sequence,
        },
      });
    }
    case 'CORRECTION_COMPLETED': {
      const started = module.correction?.startedSequence ?? event.sequence;
      const corrected = update(
        { phase: 'coded', correction: null },
        {
          cause: causeOf(event),
          bugReports: state.bugReports.filter(
            (report) => report.sequence > started || subjectOf(state, report) !== module.plan.name,
          ),
        },
      );
      return withDependentsToTest(corrected, module.plan.name);
    }
    case 'MODULE_COMPLETE':
      return update(
        {
          phase: event.data.outcome,
          failure:
            event.data.reason === null
              ? null
              : { reason: event.data.reason, fault: event.data.calls.at(-1)?.error ?? null },
        },
        { cause: causeOf(event) },
      );
    default:
      return state;
  }
}

/** The attempts with the newest one judged. */
function withResult(
  attempts: readonly Attempt[],
  result: Pick<Attempt, 'passed' | 'total' | 'failureSignature'>,
): readonly Attempt[] {
  const newest = attempts.at(-1);
  return newest === undefined ? attempts : [...attempts.slice(0, -1), { ...newest, ...result }];
}

function knownContent(
  state: WorkflowState,
  file: { readonly module: ModuleProgress; readonly path: string },
): string {
  return (
    file.module.tests.find((known) => known.path === file.path)?.content ??
    state.task.files.find((given) => given.kind === 'test' && given.path === file.path)?.content ??
    ''
  );
}

function knownCause(state: WorkflowState, eventId: string | null): Cause | null {
  const causes = [state.cause, ...[...state.bugReports, ...state.guidance].map((r) => r.cause)];
  return causes.find((cause) => cause?.eventId === eventId) ?? null;
}
