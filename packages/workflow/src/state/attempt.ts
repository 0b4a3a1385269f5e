import type { EventData } from '@org/events';

/** How the next try at a module differs from the last one. */
export type Strategy = Exclude<EventData<'MODULE_ITERATION'>['strategy'], 'generate'>;

/** One version of a module's code and how its tests went. */
export interface Attempt {
  readonly codeVersion: number;
  /** Hash of the module's own file. */
  readonly codeHash: string;
  readonly passed: number;
  readonly total: number;
  /** Equal for equal sets of failing tests; null: passed, or not tested yet. */
  readonly failureSignature: string | null;
}

/**
 * How often the newest attempt repeats an earlier one: the same code, or the same set of failing tests.
 *
 * An oscillation (A, B, A) counts as well as standing still (A, A).
 */
export function repetitions(attempts: readonly Attempt[]): number {
  const last = attempts.at(-1);
  if (last === undefined) return 0;
  return attempts
    .slice(0, -1)
    .filter(
      (earlier) =>
        earlier.codeHash === last.codeHash ||
        (last.failureSignature !== null && earlier.failureSignature === last.failureSignature),
    ).length;
}

/** The attempt that passed most tests; of equals the newest. Null when none was tested. */
export function bestAttempt(attempts: readonly Attempt[]): Attempt | null {
  return attempts
    .filter((attempt) => attempt.total > 0)
    .reduce<Attempt | null>(
      (best, attempt) => (best === null || attempt.passed >= best.passed ? attempt : best),
      null,
    );
}
