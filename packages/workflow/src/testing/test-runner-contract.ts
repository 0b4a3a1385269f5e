import assert from 'node:assert/strict';
import type { CollectRequest, RunRequest, TestRunner } from '../test-runner.ts';
import { worthlessTests } from '../test-runner.ts';
import { isTestRunnerError, type TestRunnerErrorCode } from '../test-runner-error.ts';
import type { RunnerSample } from './runner-sample.ts';

/** One sentence of the contract. */
export interface TestRunnerCase {
  readonly name: string;
  /** Rejects (`AssertionError` of `node:assert`) when the runner breaks it. */
  readonly run: () => Promise<void>;
}

type Body = (runner: TestRunner, sample: RunnerSample) => Promise<void>;

/**
 * What every `TestRunner` has to do, as named cases for any test runner.
 *
 * ```ts
 * for (const { name, run } of testRunnerContract(openRunner, sample)) test(name, run);
 * ```
 *
 * `open` makes a runner, which the case closes. All cases but those about closing take `shared`
 * instead, if it is given, and leave it open.
 */
export function testRunnerContract(
  open: () => Promise<TestRunner>,
  sample: RunnerSample,
  options: { readonly shared?: TestRunner } = {},
): readonly TestRunnerCase[] {
  const { shared } = options;
  const using = (cases: readonly Case[], borrowed: TestRunner | undefined) =>
    cases.map(([name, body]) => ({
      name: `${sample.language}: ${name}`,
      run: () => runCase(body, { open, sample, borrowed }),
    }));
  return [...using(cases, shared), ...using(closingCases, undefined)];
}

async function runCase(
  body: Body,
  options: {
    readonly open: () => Promise<TestRunner>;
    readonly sample: RunnerSample;
    readonly borrowed: TestRunner | undefined;
  },
): Promise<void> {
  const { borrowed, open, sample } = options;
  if (borrowed !== undefined) return body(borrowed, sample);
  const runner = await open();
  try {
    await body(runner, sample);
  } finally {
    await runner.close();
  }
}

type Case = readonly [name: string, body: Body];

const cases: readonly Case[] = [
  [
    'collects the names in file order, whatever the source is like',
    async (runner, sample) => {
      for (const source of [sample.right, sample.unparsable, sample.endless]) {
        const collected = await runner.collect(requestOf(sample, { source }));
        assert.deepEqual(collected, { ok: true, names: sample.names });
      }
    },
  ],
  [
    'passes when every expected test passes',
    async (runner, sample) => {
      const outcome = await runner.run(runOf(sample));
      assert.equal(outcome.outcome, 'passed');
      const { passed, failed, total } = outcome;
      assert.deepEqual({ passed, failed, total }, { passed: 2, failed: 0, total: 2 });
      assert.deepEqual(
        outcome.results.map(({ name, status }) => [name, status]),
        sample.names.map((name) => [name, 'passed']),
      );
      assert.deepEqual(outcome.sandbox, runner.sandbox);
    },
  ],
  [
    'fails when a test fails, says which, and signs equal failures equally',
    async (runner, sample) => {
      const [first, second] = [
        await runner.run(runOf(sample, { source: sample.wrong })),
        await runner.run(runOf(sample, { source: sample.wrong })),
      ];
      assert.ok(first.outcome === 'failed' && second.outcome === 'failed');
      assert.equal(first.failure.kind, 'assertion');
      assert.match(first.failure.message, new RegExp(sample.names[0]));
      assert.deepEqual(
        first.results.map((result) => result.status),
        ['failed', 'passed'],
      );
      assert.equal(first.signature, second.signature);
      assert.deepEqual([first.passed, first.failed, first.total], [1, 1, 2]);
    },
  ],
  [
    'fails when an expected test does not report, and with no expected test at all',
    async (runner, sample) => {
      const more = await runner.run({
        ...runOf(sample),
        expected: [...sample.names, 'one more'],
      });
      assert.ok(more.outcome === 'failed');
      assert.equal(more.failure.kind, 'missing-results');
      assert.deepEqual(more.results.at(-1)?.status, 'missing');
      const none = await runner.run({ ...runOf(sample), expected: [] });
      assert.equal(none.outcome, 'failed');
    },
  ],
  [
    'says that a source or a test does not parse, and that there are no tests',
    async (runner, sample) => {
      const source = await runner.run(runOf(sample, { source: sample.unparsable }));
      assert.ok(source.outcome === 'failed');
      assert.equal(source.failure.kind, 'syntax');
      assert.match(source.failure.message, new RegExp(sample.unparsable.path));
      const tests = await runner.collect(requestOf(sample, { tests: sample.unparsableTests }));
      assert.ok(!tests.ok);
      assert.equal(tests.failure.kind, 'syntax');
      const none = await runner.collect(requestOf(sample, { tests: sample.noTests }));
      assert.ok(!none.ok);
      assert.equal(none.failure.kind, 'no-tests');
    },
  ],
  [
    'finds the tests that pass on a stub',
    async (runner, sample) => {
      assert.deepEqual(await worthlessTests(runner, runOf(sample)), [sample.names[1]]);
    },
  ],
  [
    'ends what does not end',
    async (runner, sample) => {
      const outcome = await runner.run({
        ...runOf(sample, { source: sample.endless }),
        limits: { timeoutMs: 700 },
      });
      assert.ok(outcome.outcome === 'failed');
      assert.ok(outcome.passed < outcome.total);
      assert.ok(['timeout', 'assertion'].includes(outcome.failure.kind), outcome.failure.message);
    },
  ],
  [
    'rejects with the reason of the signal, before and while it runs',
    async (runner, sample) => {
      const reason = new Error('changed my mind');
      const endless = runOf(sample, { source: sample.endless });
      await assert.rejects(runner.run(endless, { signal: AbortSignal.abort(reason) }), reason);
      await assert.rejects(runner.collect(endless, { signal: AbortSignal.abort(reason) }), reason);
      const abort = new AbortController();
      const running = assert.rejects(runner.run(endless, { signal: abort.signal }), reason);
      setTimeout(() => abort.abort(reason), 50);
      await running;
    },
  ],
  [
    'refuses requests that cannot be right',
    async (runner, sample) => {
      const outside = { ...sample.right, path: `../${sample.right.path}` };
      await rejectsWith('INVALID_REQUEST', runner.run(runOf(sample, { source: outside })));
      const { files, language } = requestOf(sample);
      await rejectsWith('INVALID_REQUEST', runner.collect({ language, files, tests: [] }));
    },
  ],
];

const closingCases: readonly Case[] = [
  [
    'says which languages it runs, and refuses after its end',
    async (runner, sample) => {
      assert.ok(runner.languages.includes(sample.language));
      await runner.close();
      await runner.close();
      await rejectsWith('RUNNER_CLOSED', runner.run(runOf(sample)));
      await rejectsWith('RUNNER_CLOSED', runner.collect(requestOf(sample)));
    },
  ],
];

function requestOf(
  { language, right, tests }: RunnerSample,
  other: { readonly source?: RunnerSample['right']; readonly tests?: RunnerSample['tests'] } = {},
): CollectRequest {
  return { language, files: [other.source ?? right], tests: [other.tests ?? tests] };
}

function runOf(
  sample: RunnerSample,
  other: { readonly source?: RunnerSample['right'] } = {},
): RunRequest {
  return { ...requestOf(sample, other), expected: sample.names };
}

async function rejectsWith(code: TestRunnerErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => isTestRunnerError(error, code));
}
