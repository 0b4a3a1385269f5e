import { type Attempt, repetitions, type Strategy } from '../state/attempt.ts';

/** What to try after a failed test run: the more the attempts repeat each other, the more else. */
export function chooseStrategy(
  attempts: readonly Attempt[],
  options: {
    /** Tests written by the model that have not been written anew yet. */
    readonly testsMayBeRewritten: boolean;
  },
): Strategy {
  const ladder: readonly Strategy[] = options.testsMayBeRewritten
    ? ['correct', 'other-temperature', 'rewrite-tests', 'larger-model', 'from-scratch']
    : ['correct', 'other-temperature', 'larger-model', 'from-scratch'];
  return ladder[Math.min(repetitions(attempts), ladder.length - 1)] ?? 'from-scratch';
}
