import type { EventData, Language, TestResult } from '@org/events';

/**
 * Runs tests against code that nobody has read, and says which of them hold.
 *
 * The verdict never comes from an exit code or from printed text. Nothing is left behind: no
 * process, no file. The default is `createSandboxRunner` of `@org/workflow/sandbox`.
 */
export interface TestRunner extends AsyncDisposable {
  /** What keeps the code away from the host. Shown at start, in `/health` and on each TEST_STARTED. */
  readonly sandbox: SandboxInfo;
  /** The languages that run here, in the order they were given. */
  readonly languages: readonly Language[];
  /**
   * The names of the tests, in file order: loaded against a stub of the sources, bodies not executed.
   *
   * @throws the signal's reason when aborted; {@link TestRunnerError} when it cannot run at all.
   */
  collect(request: CollectRequest, options?: TestRunnerCallOptions): Promise<CollectResult>;
  /**
   * Runs the tests and reports each expected name.
   *
   * @throws the signal's reason when aborted; {@link TestRunnerError} when it cannot run at all.
   * Whatever the code under test does is an outcome, never an error.
   */
  run(request: RunRequest, options?: TestRunnerCallOptions): Promise<TestRunOutcome>;
  /** Ends whatever runs, and waits until it is gone. Closing twice is fine. */
  close(): Promise<void>;
}

export interface TestRunnerCallOptions {
  /** Kills the whole process group; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The shape of TEST_STARTED's `sandbox`. */
export interface SandboxInfo {
  readonly kind: 'bubblewrap' | 'node-permission' | 'none';
  /** The Node version inside the sandbox, like `v26.10.0`. */
  readonly node: string;
  readonly networkBlocked: boolean;
}

/** A file of the task: `path` is relative, with `/`, as `parseFileName` accepts it. */
export interface FileContent {
  readonly path: string;
  readonly content: string;
}

export interface CollectRequest {
  readonly language: Language;
  /** The source snapshot, one file per module. Never loaded by `collect`: stubs take their place. */
  readonly files: readonly FileContent[];
  /** The test files, each loaded and run. */
  readonly tests: readonly FileContent[];
  /** Fixtures and helpers that tests or sources import: neither stubbed nor run by themselves. @default [] */
  readonly support?: readonly FileContent[];
  /**
   * What `xtest`, `xit`, `test.skip` … mean. `run`: they are tests like the others (Exercism ships
   * all but the first test so, and they are the rest of the judge). `skip`: they are left out of
   * the names. `todo` tests are always left out. Python's skips always skip.
   * @default 'run'
   */
  readonly skipped?: 'run' | 'skip';
  readonly limits?: Partial<RunLimits>;
}

/** The names, or why there are none. `names` is never empty. */
export type CollectResult =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly failure: TestFailure };

export interface RunRequest extends CollectRequest {
  /** The names from `collect`; passed only if every one of them is reported passed, and no other. */
  readonly expected: readonly string[];
  /** Names that were collected but prove nothing: they may end as they like and are not reported. @default [] */
  readonly ignored?: readonly string[];
  /**
   * Runs the bodies against stubs of the sources whose every export throws when a body uses it.
   * What passes even so proves nothing: see {@link worthlessTests}. @default false
   */
  readonly useStub?: boolean;
}

export interface RunLimits {
  /** Wall clock of the run, from its start. @default 20_000 */
  readonly timeoutMs: number;
  /** Of all processes of the job together, sampled every 40 ms. @default 512 MiB */
  readonly memoryBytes: number;
  /** Processes and threads at once. @default 64 */
  readonly processes: number;
  /** Of each file written, and of all of the private folder together. @default 16 MiB */
  readonly fileBytes: number;
  /** Printed text; beyond it the run is killed and fails as `output`. @default 256 KiB */
  readonly outputBytes: number;
}

/** TEST_FAILED's `failure`: what broke the run, for people and for the next prompt. */
export type TestFailure = EventData<'TEST_FAILED'>['failure'];

/** TEST_PASSED's and TEST_FAILED's payload but for `module`: spread it and add that. */
export type TestRunOutcome = PassedRun | FailedRun;

interface RunReport {
  /** One per expected name, in that order, then results that nobody expected. */
  readonly results: readonly TestResult[];
  readonly passed: number;
  /** What is not passed: failed, skipped and missing. */
  readonly failed: number;
  /** The number of expected names. */
  readonly total: number;
  readonly durationMs: number;
  /** Standard output and error, the middle cut out beyond 8 KiB, paths of the host removed. */
  readonly output: string;
  readonly sandbox: SandboxInfo;
}

export interface PassedRun extends RunReport {
  readonly outcome: 'passed';
}

export interface FailedRun extends RunReport {
  readonly outcome: 'failed';
  readonly failure: TestFailure;
  /** {@link failureSignature} of the results and the kind of failure. */
  readonly signature: string;
}

/** The names that pass on throwing stubs, out of `expected`: tests that prove nothing. */
export async function worthlessTests(
  runner: TestRunner,
  request: RunRequest,
  options: TestRunnerCallOptions = {},
): Promise<readonly string[]> {
  const { results } = await runner.run({ ...request, useStub: true }, options);
  return results.filter((result) => result.status === 'passed').map((result) => result.name);
}
