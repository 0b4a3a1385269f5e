import type { TestResult } from '@org/events';
import type { TestFailure } from '../test-runner.ts';
import type { HarnessMessage } from './inside/protocol.ts';
import type { JobReport } from './inside/supervision.ts';

/** What the harness said of one test. */
export type ReportedResult = Extract<HarnessMessage, { type: 'result' }>;

export const noTests: TestFailure = {
  kind: 'no-tests',
  message: 'The test files declare no test.',
};

/** What ended or spoilt the run as a whole. */
export function brokenRun(
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
export function missingResults(
  expected: readonly string[],
  reported: readonly ReportedResult[],
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
export function endedEarly(report: JobReport): TestFailure {
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

export function failingTests(results: readonly TestResult[]): TestFailure | null {
  const failing = results.filter((result) => result.status !== 'passed');
  const [first] = failing;
  if (first === undefined) return null;
  const more = failing.length > 1 ? ` (and ${failing.length - 1} more)` : '';
  return {
    kind: 'assertion',
    message: `${first.name}: ${first.message ?? first.status}${more}`,
  };
}
