import type { TestResult } from '@org/events';
import { failureSignature } from '../failure-signature.ts';
import type { CollectResult, SandboxInfo, TestFailure, TestRunOutcome } from '../test-runner.ts';
import type { Execution } from './execute.ts';
import type { HarnessMessage } from './inside/protocol.ts';
import type { JobReport } from './inside/supervision.ts';
import { parseMessages } from './messages.ts';

/** The verdict on a run: what was expected against what the harness said. The exit code proves nothing. */
export function judgeRun(
  execution: Execution,
  options: {
    readonly expected: readonly string[];
    readonly ignored?: readonly string[];
    readonly sandbox: SandboxInfo;
  },
): TestRunOutcome {
  const { expected, ignored = [], sandbox } = options;
  const { failure, reported, ...shown } = weigh(execution, { expected, ignored });
  const results = tabulate(expected, reported);
  const passed = results.filter((result) => result.status === 'passed').length;
  const total = expected.length;
  // Results that nobody expected do not count.
  const counted = Math.min(passed, total);
  const run = { results, passed: counted, failed: total - counted, total, sandbox, ...shown };
  const found = failure ?? failingTests(results);
  if (found === null) return { ...run, outcome: 'passed' };
  const signature = failureSignature(found.kind, results);
  return { ...run, outcome: 'failed', failure: found, signature };
}

/** The names of a collection, or why there are none. */
export function judgeCollection(execution: Execution): CollectResult {
  if (!execution.ran) return { ok: false, failure: execution.failure };
  const { report, nonce, clean } = execution;
  const { messages, forged } = parseMessages(report.messages, nonce);
  const names = messages.flatMap((message) => (message.type === 'names' ? message.names : []));
  const failure =
    brokenRun(report, messages, forged) ??
    (messages.some((message) => message.type === 'end') ? null : endedEarly(report)) ??
    (names.length === 0 ? noTests : null);
  return failure === null ? { ok: true, names } : { ok: false, failure: present(failure, clean) };
}

interface Weighed {
  readonly reported: readonly Reported[];
  readonly failure: TestFailure | null;
  readonly output: string;
  readonly durationMs: number;
}

function weigh(
  execution: Execution,
  names: { readonly expected: readonly string[]; readonly ignored: readonly string[] },
): Weighed {
  if (!execution.ran) {
    return { reported: [], failure: execution.failure, output: '', durationMs: 0 };
  }
  const { report, nonce, clean } = execution;
  const { messages, forged } = parseMessages(report.messages, nonce);
  const reported = messages
    .filter((message) => message.type === 'result')
    .filter((result) => !names.ignored.includes(result.name))
    .map((result) => cleanResult(result, clean));
  const failure =
    brokenRun(report, messages, forged) ??
    missingResults(names.expected, reported, { report, messages });
  return {
    reported,
    failure: failure === null ? null : present(failure, clean),
    output: clean(shorten(report.output, outputChars)),
    durationMs: report.durationMs,
  };
}

function cleanResult(result: Reported, clean: (text: string) => string): Reported {
  const orNull = (text: string | null) => (text === null ? null : clean(text));
  const { message, expected, actual } = result;
  return {
    ...result,
    message: orNull(message),
    expected: orNull(expected),
    actual: orNull(actual),
  };
}

function present(failure: TestFailure, clean: (text: string) => string): TestFailure {
  return { kind: failure.kind, message: clean(shorten(failure.message, messageChars)) };
}

const outputChars = 8192;
const messageChars = 4096;

type Reported = Extract<HarnessMessage, { type: 'result' }>;

const noTests: TestFailure = { kind: 'no-tests', message: 'The test files declare no test.' };

function tabulate(
  expected: readonly string[],
  reported: readonly Reported[],
): readonly TestResult[] {
  const byName = new Map(reported.map((result) => [result.name, result]));
  const wanted = new Set(expected);
  const strangers = [...byName.keys()].filter((name) => !wanted.has(name));
  return [...expected, ...strangers].map((name) => {
    const result = byName.get(name);
    if (result === undefined) return missing(name);
    const { type: _, ...row } = result;
    return row;
  });
}

function missing(name: string): TestResult {
  return {
    name,
    status: 'missing',
    message: 'No result was reported.',
    expected: null,
    actual: null,
    durationMs: null,
  };
}

/** What ended or spoilt the run as a whole. */
function brokenRun(
  report: JobReport,
  messages: readonly HarnessMessage[],
  forged: boolean,
): TestFailure | null {
  const load = messages.find((message) => message.type === 'load-failed');
  const tampered = messages.find((message) => message.type === 'tampered');
  switch (report.killed) {
    case 'timeout':
      return {
        kind: 'timeout',
        message: `The tests did not end in time and were killed after ${Math.round(report.durationMs)} ms.`,
      };
    case 'memory':
      return {
        kind: 'memory',
        message: 'The tests used more memory than they may and were killed.',
      };
    case 'processes':
      return { kind: 'crash', message: 'The tests started more processes than they may.' };
    case 'output':
      return { kind: 'output', message: 'The tests printed more than they may and were killed.' };
    case 'cancelled':
    case null:
      break;
  }
  if (report.changedFiles.length > 0) {
    return {
      kind: 'tampered',
      message: `Files were changed while the tests ran: ${report.changedFiles.join(', ')}`,
    };
  }
  if (forged) {
    return { kind: 'tampered', message: 'Something other than the test runner reported results.' };
  }
  if (tampered !== undefined) return { kind: 'tampered', message: tampered.message };
  if (load !== undefined) {
    return { kind: load.kind, message: `${load.file} could not be loaded: ${load.message}` };
  }
  const hook = messages.find((message) => message.type === 'hook-failed');
  if (hook !== undefined) {
    return { kind: 'crash', message: `A hook of ${hook.suite} failed: ${hook.message}` };
  }
  return null;
}

/** Every expected name exactly once, nothing else, and the harness came to its end having counted the same. */
function missingResults(
  expected: readonly string[],
  reported: readonly Reported[],
  {
    report,
    messages,
  }: { readonly report: JobReport; readonly messages: readonly HarnessMessage[] },
): TestFailure | null {
  const names = new Set(reported.map((result) => result.name));
  const strangers = [...names].filter((name) => !expected.includes(name));
  if (names.size < reported.length || strangers.length > 0) {
    return {
      kind: 'tampered',
      message: `Results were reported twice or for unknown tests: ${strangers.slice(0, 5).join(', ')}`,
    };
  }
  const end = messages.find((message) => message.type === 'end');
  if (end === undefined) return endedEarly(report);
  if (expected.length === 0) return noTests;
  const missing = expected.filter((name) => !names.has(name));
  const all = messages.filter((message) => message.type === 'result').length;
  if (missing.length > 0 || end.results !== all) {
    return {
      kind: 'missing-results',
      message: `${missing.length} of ${expected.length} tests reported nothing: ${missing.slice(0, 5).join(', ')}`,
    };
  }
  return null;
}

/** The process was gone before the harness had finished. */
function endedEarly(report: JobReport): TestFailure {
  if (report.spawnError !== null) return { kind: 'crash', message: report.spawnError };
  if (/heap out of memory|MemoryError|Allocation failed/.test(report.output)) {
    return { kind: 'memory', message: 'The tests used more memory than they may.' };
  }
  const last = report.output.trim().split('\n').slice(-12).join('\n');
  if (report.signal !== null) {
    return { kind: 'crash', message: `The tests were ended by ${report.signal}.\n${last}` };
  }
  if (report.exitCode !== 0) {
    return { kind: 'crash', message: `The tests ended with code ${report.exitCode}.\n${last}` };
  }
  return {
    kind: 'missing-results',
    message: 'The process ended before all tests had reported: does the code call exit?',
  };
}

function failingTests(results: readonly TestResult[]): TestFailure | null {
  const failing = results.filter((result) => result.status !== 'passed');
  const [first] = failing;
  if (first === undefined) return null;
  const more = failing.length > 1 ? ` (and ${failing.length - 1} more)` : '';
  return {
    kind: 'assertion',
    message: `${first.name}: ${first.message ?? first.status}${more}`,
  };
}

/** The middle is cut out: the beginning says what was tried, the end how it went. */
function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters left out …\n${text.slice(-half)}`;
}
