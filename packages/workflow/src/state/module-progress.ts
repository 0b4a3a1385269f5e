import type { PlannedModule, TestFile } from '@org/events';
import type { Attempt, Strategy } from './attempt.ts';
import type { Cause } from './cause.ts';

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
  /** Why it failed, once it has, and what was wrong with the last answer of a model, if that is why. */
  readonly failure: { readonly reason: string; readonly fault: string | null } | null;
}

/** A module on which nobody has worked yet. */
export function newModule(plan: PlannedModule): ModuleProgress {
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

/** The module with its code as it is, to be judged anew, with all its iterations before it again. */
export function toTestAgain(module: ModuleProgress): ModuleProgress {
  return { ...module, phase: 'coded', iterationsBefore: module.iterations };
}
