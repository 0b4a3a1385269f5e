import type { TestResult } from '@org/events';
import { failureSignature } from '../failure-signature.ts';
import type { CollectResult, SandboxInfo, TestFailure, TestRunOutcome } from '../test-runner.ts';
import type { Execution } from './execute.ts';
import { parseMessages } from './messages.ts';
import {
  brokenRun,
  endedEarly,
  failingTests,
  missingResults,
  noTests,
  type ReportedResult,
} from './run-failure.ts';

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
  readonly reported: readonly ReportedResult[];
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

function cleanResult(result: ReportedResult, clean: (text: string) => string): ReportedResult {
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

function tabulate(
  expected: readonly string[],
  reported: readonly ReportedResult[],
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

/** The middle is cut out: the beginning says what was tried, the end how it went. */
function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters left out …\n${text.slice(-half)}`;
}
