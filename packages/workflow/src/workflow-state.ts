import {
  type Event,
  type Language,
  type PlannedModule,
  StateProjection,
  type TaskState,
  type TestFile,
} from '@org/events';
import { type CodeSnapshot, sourceFile, withFiles } from './code-snapshot.ts';
import { inDependencyOrder } from './module-order.ts';
import type { Cause } from './step.ts';
import type { Attempt, Strategy } from './strategy.ts';

/** Where a module stands between two steps. */
export type ModulePhase =
  | 'planned'
  | 'started'
  | 'coded'
  | 'testing'
  | 'tests-passed'
  | 'tests-failed'
  | 'correcting'
  | 'passed'
  | 'failed';

export type CorrectionReason = 'test-failed' | 'bug-report' | 'guidance';

/** What the next step of one module depends on. */
export interface ModuleProgress {
  readonly plan: PlannedModule;
  readonly phase: ModulePhase;
  /** All MODULE_ITERATIONs so far. */
  readonly iterations: number;
  /** Of these, how many came before the module was last reopened by a bug report or guidance. */
  readonly iterationsBefore: number;
  readonly attempts: readonly Attempt[];
  /** The tests that judge it, newest content; empty: none yet. */
  readonly tests: readonly (TestFile & { readonly content: string })[];
  readonly expected: readonly string[];
  /** Tests that prove nothing and do not count. */
  readonly dropped: readonly string[];
  readonly testsRewritten: boolean;
  readonly correction: {
    readonly reason: CorrectionReason;
    readonly strategy: Strategy;
    readonly cause: Cause;
    readonly startedSequence: number;
  } | null;
  /** Strategy named by the newest MODULE_ITERATION. */
  readonly strategy: Strategy | 'generate';
  /** What the newest MODULE_ITERATION came of. */
  readonly iterationCause: Cause | null;
  /** Why it failed, once it has. */
  readonly failure: string | null;
}

/** Someone asked for something that no model call has seen yet. */
export interface PendingRequest {
  readonly cause: Cause;
  readonly module: string | null;
  readonly sequence: number;
}

/** Everything that {@link decide} looks at: the task's state and how far its work has come. */
export interface WorkflowState {
  readonly task: TaskState;
  readonly language: Language | null;
  /** The event that last moved the work on; what is due now is due because of it. */
  readonly cause: Cause | null;
  readonly begun: boolean;
  readonly ended: 'completed' | 'failed' | 'cancelled' | null;
  readonly paused: boolean;
  readonly cancelRequested: Cause | null;
  /** Open ones that the plan waits for. */
  readonly questions: number;
  /** In dependency order; null: not planned yet. */
  readonly order: readonly string[] | null;
  readonly modules: Readonly<Record<string, ModuleProgress>>;
  readonly snapshot: CodeSnapshot;
  readonly bugReports: readonly PendingRequest[];
  readonly guidance: readonly PendingRequest[];
  readonly analysed: boolean;
  /** Of the newest intervention; 0: none. */
  readonly intervenedAt: number;
  /** The sequence up to which a model call has seen the log. */
  readonly seenUpTo: number;
}

/** A task of which nothing is known yet. */
export const initialWorkflowState: WorkflowState = {
  task: StateProjection.initialState,
  language: null,
  cause: null,
  begun: false,
  ended: null,
  paused: false,
  cancelRequested: null,
  questions: 0,
  order: null,
  modules: {},
  snapshot: {},
  bugReports: [],
  guidance: [],
  analysed: false,
  intervenedAt: 0,
  seenUpTo: 0,
};

/** Folds one event. Pure; an event that makes no sense here changes nothing but the task's anomalies. */
export function evolve(state: WorkflowState, event: Event): WorkflowState {
  return progress({ ...state, task: StateProjection.evolve(state.task, event) }, event);
}

/** The state after these events, in order of sequence. */
export function fold(events: Iterable<Event>): WorkflowState {
  let state = initialWorkflowState;
  for (const event of events) state = evolve(state, event);
  return state;
}

function causeOf(event: Event): Cause {
  return { eventId: event.eventId, version: event.version };
}

function progress(state: WorkflowState, event: Event): WorkflowState {
  switch (event.eventType) {
    case 'TASK_CREATED':
      return {
        ...state,
        cause: causeOf(event),
        language: event.data.language,
        snapshot: withFiles(state.snapshot, {
          codeVersion: 0,
          files: event.data.files
            .filter((file) => file.kind === 'source')
            .map((file) => sourceFile(file.path, file.content)),
        }),
      };
    case 'TASK_STARTED':
      return { ...state, begun: true, language: event.data.language };
    case 'PLANNING_COMPLETE':
      return event.data.modules.length === 0 && event.data.questions.length > 0
        ? {
            ...state,
            ...seen(state, event),
            questions: event.data.questions.length,
            cause: causeOf(event),
          }
        : {
            ...planned(state, event.data.modules),
            ...seen(state, event),
            cause: causeOf(event),
          };
    case 'USER_INTERVENTION':
      return intervened({ ...state, intervenedAt: event.sequence }, event);
    case 'BUG_REPORT_RECEIVED':
      return event.data.accepted
        ? {
            ...state,
            bugReports: [
              ...state.bugReports,
              { cause: causeOf(event), module: event.data.module, sequence: event.sequence },
            ],
            // A completed task is reopened; a failed or cancelled one stays as it ended.
            ended: state.ended === 'completed' ? null : state.ended,
          }
        : state;
    case 'TASK_COMPLETE':
      return {
        ...state,
        ended: 'completed',
        paused: false,
        cause: causeOf(event),
        analysed: false,
      };
    case 'TASK_FAILED':
      return { ...state, ended: 'failed', cause: causeOf(event) };
    case 'TASK_CANCELLED':
      return { ...state, ended: 'cancelled', cause: causeOf(event) };
    case 'DEAD_CODE_ANALYSIS':
      return { ...state, analysed: true };
    case 'MODULE_STARTED':
    case 'MODULE_ITERATION':
    case 'MODULE_COMPLETE':
    case 'CODE_GENERATED':
    case 'TEST_STARTED':
    case 'TEST_PASSED':
    case 'TEST_FAILED':
    case 'CORRECTION_STARTED':
    case 'CORRECTION_COMPLETED':
      return moduleProgressed(state, event);
    default:
      return state;
  }
}

/** What stood in the log when a model was asked has been seen; guidance among it is no longer pending. */
function seen(
  state: WorkflowState,
  event: Event & { data: { calls: readonly { prompt: { asOfSequence: number } }[] } },
): Pick<WorkflowState, 'seenUpTo' | 'guidance'> {
  const { calls } = event.data;
  const seenUpTo = Math.max(state.seenUpTo, ...calls.map((call) => call.prompt.asOfSequence));
  return { seenUpTo, guidance: state.guidance.filter((request) => request.sequence > seenUpTo) };
}

/** Work that the plan leaves as it was is kept; what builds on something new is tested again. */
function planned(state: WorkflowState, plan: readonly PlannedModule[]): WorkflowState {
  const ordered = inDependencyOrder(plan);
  const modules: Record<string, ModuleProgress> = {};
  for (const module of ordered) {
    const known = Object.hasOwn(state.modules, module.name)
      ? state.modules[module.name]
      : undefined;
    if (known?.phase !== 'passed' || !samePlan(known.plan, module)) {
      modules[module.name] = newModule(module);
      continue;
    }
    const unchanged = module.dependsOn.every((name) => modules[name]?.phase !== 'planned');
    modules[module.name] = unchanged ? known : toTestAgain(known);
  }
  return { ...state, questions: 0, order: ordered.map((module) => module.name), modules };
}

function samePlan(one: PlannedModule, other: PlannedModule): boolean {
  return (
    one.purpose === other.purpose &&
    one.dependsOn.length === other.dependsOn.length &&
    one.dependsOn.every((name) => other.dependsOn.includes(name))
  );
}

function toTestAgain(module: ModuleProgress): ModuleProgress {
  return { ...module, phase: 'coded', iterationsBefore: module.iterations };
}

function newModule(plan: PlannedModule): ModuleProgress {
  return {
    plan,
    phase: 'planned',
    iterations: 0,
    iterationsBefore: 0,
    attempts: [],
    tests: [],
    expected: [],
    dropped: [],
    testsRewritten: false,
    correction: null,
    strategy: 'generate',
    iterationCause: null,
    failure: null,
  };
}

function intervened(
  state: WorkflowState,
  event: Extract<Event, { eventType: 'USER_INTERVENTION' }>,
): WorkflowState {
  // After the end only guidance counts: a bug report that reopens the task brings it to the model.
  if (state.ended !== null && event.data.kind !== 'guidance') return state;
  switch (event.data.kind) {
    case 'guidance':
      return {
        ...state,
        guidance: [
          ...state.guidance,
          { cause: causeOf(event), module: null, sequence: event.sequence },
        ],
      };
    case 'answer': {
      // The task's own fold has closed what was answered; the last answer has it planned again.
      const questions = state.task.questions.length;
      if (state.questions === 0) return state;
      return questions > 0
        ? { ...state, questions }
        : { ...state, questions, cause: causeOf(event) };
    }
    case 'plan':
      return event.data.plan === null
        ? state
        : { ...planned(state, event.data.plan), cause: causeOf(event) };
    case 'pause':
      return { ...state, paused: true };
    case 'resume':
      return { ...state, paused: false };
    case 'cancel':
      return { ...state, cancelRequested: state.cancelRequested ?? causeOf(event) };
    default:
      return state;
  }
}

type ModuleEvent = Extract<
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

function moduleProgressed(state: WorkflowState, event: ModuleEvent): WorkflowState {
  const { modules } = state;
  const module = Object.hasOwn(modules, event.data.module) ? modules[event.data.module] : undefined;
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
        { snapshot, cause: causeOf(event), ...seen(state, event) },
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
        seen(state, event),
      );
    case 'TEST_PASSED':
    case 'TEST_FAILED':
      return update(
        {
          phase: event.eventType === 'TEST_PASSED' ? 'tests-passed' : 'tests-failed',
          attempts: module.attempts.map((attempt, index) =>
            index === module.attempts.length - 1
              ? {
                  ...attempt,
                  passed: event.data.passed,
                  total: event.data.total,
                  failureSignature: event.eventType === 'TEST_FAILED' ? event.data.signature : null,
                }
              : attempt,
          ),
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
        { phase: event.data.outcome, failure: event.data.reason },
        { cause: causeOf(event) },
      );
    default:
      return state;
  }
}

/** The module that a request speaks of; without one, or with an unknown one: the last in dependency order. */
export function subjectOf(state: WorkflowState, request: PendingRequest): string | null {
  return request.module !== null && Object.hasOwn(state.modules, request.module)
    ? request.module
    : (state.order?.at(-1) ?? null);
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

/** Modules that had passed and depend on a changed one are tested again. */
function withDependentsToTest(state: WorkflowState, changed: string): WorkflowState {
  const touched = new Set([changed]);
  const modules = { ...state.modules };
  for (const name of state.order ?? []) {
    const module = modules[name];
    if (module === undefined || !module.plan.dependsOn.some((d) => touched.has(d))) continue;
    touched.add(name);
    if (module.phase === 'passed') modules[name] = toTestAgain(module);
  }
  return { ...state, modules };
}
