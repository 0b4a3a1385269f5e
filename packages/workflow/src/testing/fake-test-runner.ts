import type { Language, TestResult } from '@org/events';
import { failureSignature } from '../failure-signature.ts';
import type {
  CollectRequest,
  RunRequest,
  SandboxInfo,
  TestFailure,
  TestRunner,
  TestRunOutcome,
} from '../test-runner.ts';
import { TestRunnerError } from '../test-runner-error.ts';
import { checkFileName } from '../workspace/file-name.ts';

export interface FakeTestRunner extends TestRunner {
  /** The requests to `run`, in order. */
  readonly runs: readonly RunRequest[];
  readonly collections: readonly CollectRequest[];
}

/**
 * A test runner that starts no process: it reads a line language in place of code.
 *
 * A test file has lines `NAME: TEXT`; the test NAME passes when a source contains TEXT (an empty
 * TEXT always does). A source or test that contains `SYNTAX ERROR` does not parse; a source that
 * contains `ENDLESS` runs into its time limit, which is waited for unless the call is aborted.
 */
export function fakeTestRunner(
  options: { readonly languages?: readonly Language[]; readonly sandbox?: SandboxInfo } = {},
): FakeTestRunner {
  const languages = options.languages ?? ['javascript', 'typescript', 'python'];
  const sandbox = options.sandbox ?? { kind: 'none', node: process.version, networkBlocked: false };
  const runs: RunRequest[] = [];
  const collections: CollectRequest[] = [];
  const running = new Set<() => void>();
  let closed = false;

  const check = (request: CollectRequest, signal: AbortSignal | undefined) => {
    signal?.throwIfAborted();
    if (closed) throw new TestRunnerError('RUNNER_CLOSED', 'The test runner is closed.');
    if (!languages.includes(request.language)) {
      throw new TestRunnerError('LANGUAGE_UNAVAILABLE', `There is no ${request.language} here.`);
    }
    if (request.tests.length === 0) {
      throw new TestRunnerError('INVALID_REQUEST', 'There is no test file.');
    }
    for (const file of [...request.files, ...request.tests]) {
      const name = checkFileName(file.path);
      if (!name.ok) throw new TestRunnerError('INVALID_REQUEST', name.reason);
    }
  };

  const close = async () => {
    closed = true;
    for (const stop of running) stop();
  };
  return {
    sandbox,
    languages,
    runs,
    collections,
    async collect(request, { signal } = {}) {
      check(request, signal);
      collections.push(request);
      const failure = unparsable(request.tests);
      if (failure !== null) return { ok: false, failure };
      const names = [...testsOf(request).keys()];
      return names.length === 0 ? { ok: false, failure: noTests } : { ok: true, names };
    },
    async run(request, { signal } = {}) {
      check(request, signal);
      runs.push(request);
      const stubbed = request.useStub === true;
      const sources = stubbed ? [] : request.files;
      if (sources.some((source) => source.content.includes('ENDLESS'))) {
        await elapse(request.limits?.timeoutMs ?? 20_000, { signal, running });
        const failure = { kind: 'timeout', message: 'The tests did not end in time.' } as const;
        return outcome(request, { sandbox, failure, passes: () => null });
      }
      const tests = testsOf(request);
      const text = sources.map((source) => source.content).join('\n');
      return outcome(request, {
        sandbox,
        failure: unparsable([...sources, ...request.tests]),
        passes: (name) => {
          const wanted = tests.get(name);
          return wanted === undefined ? null : text.includes(wanted);
        },
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const noTests: TestFailure = { kind: 'no-tests', message: 'The test files declare no test.' };

function testsOf(request: CollectRequest): ReadonlyMap<string, string> {
  const lines = request.tests.flatMap((test) => test.content.split('\n'));
  return new Map(
    lines.flatMap((line) => {
      const [, name, text] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
      return name === undefined || text === undefined ? [] : [[name, text] as const];
    }),
  );
}

function unparsable(files: readonly { readonly path: string; readonly content: string }[]) {
  const file = files.find(({ content }) => content.includes('SYNTAX ERROR'));
  return file === undefined
    ? null
    : ({ kind: 'syntax', message: `${file.path}:1: syntax error` } as const);
}

/** `passes`: true, false, or null when there is no such test. */
function outcome(
  { expected }: RunRequest,
  options: {
    readonly sandbox: SandboxInfo;
    readonly failure: TestFailure | null;
    readonly passes: (name: string) => boolean | null;
  },
): TestRunOutcome {
  const results = expected.map((name): TestResult => {
    const passes = options.failure === null ? options.passes(name) : null;
    const status = passes === null ? 'missing' : passes ? 'passed' : 'failed';
    const message = passes === true ? null : `${name} did not pass`;
    return { name, status, message, expected: null, actual: null, durationMs: 0 };
  });
  const passed = results.filter((result) => result.status === 'passed').length;
  const total = expected.length;
  const { sandbox } = options;
  const run = {
    results,
    passed,
    failed: total - passed,
    total,
    durationMs: 0,
    output: '',
    sandbox,
  };
  const failure = options.failure ?? (total === 0 ? noTests : failing(results));
  if (failure === null) return { ...run, outcome: 'passed' };
  return { ...run, outcome: 'failed', failure, signature: failureSignature(failure.kind, results) };
}

function failing(results: readonly TestResult[]): TestFailure | null {
  const first = results.find((result) => result.status !== 'passed');
  if (first === undefined) return null;
  const kind = results.some((result) => result.status === 'missing')
    ? 'missing-results'
    : 'assertion';
  return { kind, message: first.message ?? first.name };
}

/** Resolves after the time or when the runner closes; rejects when aborted. */
function elapse(
  milliseconds: number,
  options: { readonly signal: AbortSignal | undefined; readonly running: Set<() => void> },
): Promise<void> {
  const { signal, running } = options;
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      running.delete(stop);
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const stop = end(resolve);
    // An abort's reason is whatever the caller gave.
    const abort = end(() => reject(signal?.reason as Error));
    const timer = setTimeout(stop, milliseconds);
    running.add(stop);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
