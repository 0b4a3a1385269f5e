import type { Language } from '@org/events';
import type {
  CollectRequest,
  RunLimits,
  TestRunner,
  TestRunOutcome,
} from '../../src/test-runner.ts';

/** Files by path. */
type Files = Readonly<Record<string, string>>;

export interface Trial {
  readonly files?: Files;
  readonly tests: Files;
  readonly support?: Files;
  readonly skipped?: 'run' | 'skip';
  readonly limits?: Partial<RunLimits>;
}

/** Collects and, if there is something to run, runs. */
export async function tryTests(
  runner: TestRunner,
  language: Language,
  trial: Trial,
): Promise<{ readonly names: readonly string[]; readonly outcome: TestRunOutcome }> {
  const request: CollectRequest = {
    language,
    files: toFiles(trial.files ?? {}),
    tests: toFiles(trial.tests),
    support: toFiles(trial.support ?? {}),
    ...(trial.skipped === undefined ? {} : { skipped: trial.skipped }),
    ...(trial.limits === undefined ? {} : { limits: trial.limits }),
  };
  const collected = await runner.collect(request);
  if (!collected.ok) throw new Error(`${collected.failure.kind}: ${collected.failure.message}`);
  const outcome = await runner.run({ ...request, expected: collected.names });
  return { names: collected.names, outcome };
}

/** Name and status of each result. */
export function statuses(outcome: TestRunOutcome): Readonly<Record<string, string>> {
  return Object.fromEntries(outcome.results.map(({ name, status }) => [name, status]));
}

function toFiles(files: Files) {
  return Object.entries(files).map(([path, content]) => ({ path, content }));
}
