import type { NewEvent } from '@org/events';
import { givenTestsUnusable, moduleComplete } from '../decide/endings.ts';
import { givenTestsOf } from '../plan/given-tests.ts';
import { sha256 } from '../state/code-snapshot.ts';
import type { FileContent, RunRequest } from '../test-runner.ts';
import { languageOfTask, moduleOf } from './module-outcome.ts';
import type { Outcome, StepContext } from './step-context.ts';

/** What TEST_STARTED says of this run; or TEST_FAILED at once when the test files cannot be loaded. */
export async function beginTests(context: StepContext, name: string): Promise<Outcome> {
  const module = moduleOf(context, name);
  const { tests, request } = testRequest(context, name);
  const known = module.tests.length > 0;
  // Names that were kept once stay the judge; they are collected again only for tests never run before.
  const collected = known
    ? { ok: true as const, names: module.expected }
    : await context.testRunner.collect(request, { signal: context.signal });
  const started: NewEvent = {
    eventType: 'TEST_STARTED',
    data: {
      module: name,
      tests: tests.map((test) => ({
        ...test,
        content: known || test.origin === 'given' ? null : test.content,
      })),
      expected: collected.ok ? [...collected.names] : [],
      dropped: [...module.dropped],
      sandbox: context.testRunner.sandbox,
    },
  };
  return [started];
}

/** Runs a module's tests in the sandbox; ends in TEST_PASSED or TEST_FAILED. */
export async function runTests(context: StepContext, name: string): Promise<Outcome> {
  const module = moduleOf(context, name);
  const { request } = testRequest(context, name);
  if (module.expected.length === 0) {
    const collected = await context.testRunner.collect(request, { signal: context.signal });
    const failure = collected.ok
      ? { kind: 'no-tests' as const, message: 'The test files have no tests.' }
      : collected.failure;
    const failed: Outcome = [
      {
        eventType: 'TEST_FAILED',
        data: {
          module: name,
          passed: 0,
          failed: 0,
          total: 0,
          results: [],
          durationMs: 0,
          output: '',
          failure,
          signature: sha256(`${failure.kind}\0${failure.message}`),
        },
      },
    ];
    // The tests were loaded against a stub: no code can mend what is wrong with them.
    return failure.kind === 'timeout'
      ? failed
      : [...failed, moduleComplete(module, { outcome: 'failed', reason: givenTestsUnusable })];
  }
  const run: RunRequest = { ...request, expected: module.expected, ignored: module.dropped };
  const outcome = await context.testRunner.run(run, { signal: context.signal });
  const report = {
    module: name,
    passed: outcome.passed,
    failed: outcome.failed,
    total: outcome.total,
    results: [...outcome.results],
    durationMs: outcome.durationMs,
    output: outcome.output,
  };
  return outcome.outcome === 'passed'
    ? [{ eventType: 'TEST_PASSED', data: report }]
    : [
        {
          eventType: 'TEST_FAILED',
          data: { ...report, failure: outcome.failure, signature: outcome.signature },
        },
      ];
}

/** What the caller gave to read: code and tests may import it, unless one of them has taken its name. */
export function supportFiles(
  context: StepContext,
  tests: readonly { readonly path: string }[],
): readonly FileContent[] {
  const { task, snapshot } = context.state;
  const taken = new Set([...Object.keys(snapshot), ...tests.map((test) => test.path)]);
  return task.files
    .filter((file) => file.kind === 'reference' && !taken.has(file.path))
    .map(({ path, content }) => ({ path, content }));
}

/** The files that judge a module, and what the runner is asked. */
function testRequest(context: StepContext, name: string) {
  const { task, snapshot, order } = context.state;
  const module = moduleOf(context, name);
  const given = givenTestsOf(name, { files: task.files, order: order ?? [] });
  const tests =
    module.tests.length > 0
      ? module.tests
      : given.map((file) => ({
          path: file.path,
          content: file.content,
          hash: sha256(file.content),
          origin: 'given' as const,
        }));
  return {
    tests,
    request: {
      language: languageOfTask(context),
      files: Object.values(snapshot).map(({ path, content }) => ({ path, content })),
      tests: tests.map(({ path, content }) => ({ path, content })),
      support: supportFiles(context, tests),
      limits: context.testLimits,
    },
  };
}
