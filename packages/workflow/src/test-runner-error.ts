const marker = Symbol.for('@org/workflow/TestRunnerError');

/** Every way in which a test runner can be unable to run. Stable: safe to store and to compare. */
export type TestRunnerErrorCode =
  /** Neither bubblewrap nor Node's permission model works here. Fix the host, or say `sandbox: 'none'`. */
  | 'SANDBOX_UNAVAILABLE'
  /** The language is not among the runner's `languages`, or its interpreter is not installed. Give up or install it. */
  | 'LANGUAGE_UNAVAILABLE'
  /** The request is wrong: a bad file name, no test file, two files of one name. Fix the caller. */
  | 'INVALID_REQUEST'
  /** The sandbox could not be started. Retry; when it stays, look at `cause`. */
  | 'SANDBOX_FAILED'
  /** The runner was closed. Give up. */
  | 'RUNNER_CLOSED';

/** The runner itself failed; nothing is said about the code under test. */
export class TestRunnerError extends Error {
  readonly code: TestRunnerErrorCode;
  readonly [marker] = true;

  constructor(
    code: TestRunnerErrorCode,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TestRunnerError';
    this.code = code;
  }
}

/** Tells whether a caught value is a TestRunnerError (of this code), also one of another copy of this package. */
export function isTestRunnerError(
  error: unknown,
  code?: TestRunnerErrorCode,
): error is TestRunnerError {
  if (!(error instanceof Error) || !(marker in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}
