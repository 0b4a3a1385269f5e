import { after, afterEach, before, beforeEach, describe, it, run } from 'node:test';
import { inspect, stripVTControlCharacters } from 'node:util';
import type { HarnessMessage } from '../protocol.ts';
import { replacedBuiltin } from './primordials.ts';
import { type DeclaredTest, namedTests, type Suite } from './registry.ts';

const defaultTimeoutMs = 5000;
const hooks = { before, after, beforeEach, afterEach };

/** Hands the collected tests to Node's own test runner and reports what it says of each. */
export async function runTests(
  files: readonly Suite[],
  options: {
    readonly replayFile: string;
    /** Where the replay file finds what to do. */
    readonly onReplay: (replay: () => void) => void;
    readonly send: (message: HarnessMessage) => void;
  },
): Promise<number> {
  const names = namedTests(files);
  // Nobody but this run can name what its runner reports on.
  const tests = nameSecretly<DeclaredTest>();
  const suites = nameSecretly<Suite>();
  options.onReplay(() => {
    for (const file of files) replay(file, { test: tests.idOf, suite: suites.idOf });
  });

  let results = 0;
  let open = files.length;
  // The file is the harness's own: the tests are in memory already.
  for await (const event of run({ files: [options.replayFile], isolation: 'none' })) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name: id, details, skip, todo } = event.data;
    const error = event.type === 'test:fail' && 'error' in details ? details.error : null;
    const test = tests.get(id);
    if (test !== undefined) {
      results++;
      options.send({
        type: 'result',
        name: names.get(test) ?? test.name,
        status: error !== null ? 'failed' : skip || todo ? 'skipped' : 'passed',
        ...(error === null ? nothing : explain(error)),
        durationMs: details.duration_ms,
      });
    }
    const suite = suites.get(id);
    if (suite !== undefined && isHookFailure(error)) {
      const { message } = explain(error);
      options.send({ type: 'hook-failed', suite: suite.name, message: message ?? '' });
    }
    const replaced = replacedBuiltin();
    if (replaced !== null) {
      options.send({ type: 'tampered', message: `A built-in function was replaced: ${replaced}` });
    }
    // Leaving here, not at the stream's end: that waits until nothing holds the process.
    if (suite !== undefined && files.includes(suite)) open--;
    if (open === 0) break;
  }
  return results;
}

function nameSecretly<Thing>() {
  const prefix = crypto.randomUUID();
  const things = new Map<string, Thing>();
  return {
    get: (id: string) => things.get(id),
    idOf: (thing: Thing) => {
      const id = `${prefix}:${things.size}`;
      things.set(id, thing);
      return id;
    },
  };
}

interface IdOf {
  readonly test: (test: DeclaredTest) => string;
  readonly suite: (suite: Suite) => string;
}

function replay(suite: Suite, idOf: IdOf): void {
  void describe(idOf.suite(suite), () => {
    for (const moment of ['before', 'beforeEach', 'afterEach', 'after'] as const) {
      // Bodies are kept in the form that node:test takes.
      for (const body of suite.hooks[moment]) hooks[moment](body as () => unknown);
    }
    for (const child of suite.children) {
      if (child.kind === 'suite') replay(child, idOf);
      else {
        const timeout = child.timeoutMs ?? defaultTimeoutMs;
        void it(idOf.test(child), { timeout }, child.body as () => Promise<void>);
      }
    }
  });
}

const nothing = { message: null, expected: null, actual: null };

/** The thrown value behind Node's own error, as text; it can be anything, even hostile. */
function explain(error: unknown): {
  readonly message: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
} {
  try {
    const thrown = isObject(error) && error.cause !== undefined ? error.cause : error;
    const detail =
      isObject(thrown) && isObject(thrown.matcherResult) ? thrown.matcherResult : thrown;
    const has = (key: string) => isObject(detail) && key in detail;
    return {
      message: messageOf(thrown),
      expected: has('expected') ? show((detail as Record<string, unknown>).expected) : null,
      actual: has('actual') ? show((detail as Record<string, unknown>).actual) : null,
    };
  } catch {
    return { ...nothing, message: 'The test threw something that cannot be shown.' };
  }
}

/** A suite also fails because its tests do; they have been reported. */
function isHookFailure(error: unknown): boolean {
  return isObject(error) && error.failureType === 'hookFailed';
}

function messageOf(thrown: unknown): string {
  if (!isObject(thrown) || !('message' in thrown)) return `Thrown: ${show(thrown)}`;
  const name = typeof thrown.name === 'string' ? thrown.name : 'Error';
  const text = stripVTControlCharacters(String(thrown.message));
  const plain = 'matcherResult' in thrown || name === 'AssertionError' || name === 'Error';
  return plain ? text : `${name}: ${text}`;
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, maxArrayLength: 50, maxStringLength: 1000, breakLength: 100 });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
