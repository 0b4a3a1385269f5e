import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HarnessMessage } from '../../src/sandbox/inside/protocol.ts';
import type { JobReport } from '../../src/sandbox/inside/supervision.ts';
import { parseMessages } from '../../src/sandbox/messages.ts';
import { judgeRun } from '../../src/sandbox/verdict.ts';

const nonce = 'c0ffee';
const sandbox = { kind: 'none', node: 'v26.0.0', networkBlocked: false } as const;

const line = (message: HarnessMessage, as = nonce) => `${as} ${JSON.stringify(message)}\n`;
const result = (name: string, status: 'passed' | 'failed' | 'skipped' = 'passed') =>
  ({
    type: 'result',
    name,
    status,
    message: null,
    expected: null,
    actual: null,
    durationMs: 1,
  }) as const;

function judge(expected: readonly string[], messages: string, report: Partial<JobReport> = {}) {
  const whole: JobReport = {
    id: 'job',
    exitCode: 0,
    signal: null,
    killed: null,
    output: '',
    messages,
    changedFiles: [],
    durationMs: 5,
    spawnError: null,
    ...report,
  };
  const execution = { ran: true, report: whole, nonce, clean: (text: string) => text } as const;
  return judgeRun(execution, { expected, sandbox });
}

const kindOf = (outcome: ReturnType<typeof judge>) =>
  outcome.outcome === 'failed' ? outcome.failure.kind : 'passed';

const both = line(result('a')) + line(result('b'));
const end = (results: number) => line({ type: 'end', results });

describe('the verdict', () => {
  it('passes when every expected name is reported passed once, and the harness came to its end', () => {
    expect(kindOf(judge(['a', 'b'], both + end(2)))).toBe('passed');
    expect(kindOf(judge(['b', 'a'], both + end(2)))).toBe('passed');
  });

  it('does not look at the exit code', () => {
    expect(kindOf(judge(['a', 'b'], both + end(2), { exitCode: 1 }))).toBe('passed');
    expect(kindOf(judge(['a', 'b'], '', { exitCode: 0 }))).toBe('missing-results');
  });

  it.each([
    ['no end', both, {}, 'missing-results'],
    ['a name too few', line(result('a')) + end(1), {}, 'missing-results'],
    ['a wrong count', both + end(3), {}, 'missing-results'],
    ['a name twice', both + line(result('a')) + end(3), {}, 'tampered'],
    ['a failure and then a pass', line(result('a', 'failed')) + both + end(3), {}, 'tampered'],
    ['an unknown name', both + line(result('c')) + end(3), {}, 'tampered'],
    ['a line without the nonce', both + line(result('b'), 'guess') + end(2), {}, 'tampered'],
    ['a line that is no message', `${both}${nonce} {"type":"pass"}\n${end(2)}`, {}, 'tampered'],
    ['a changed file', both + end(2), { changedFiles: ['a.spec.js'] }, 'tampered'],
    ['a skipped test', line(result('a')) + line(result('b', 'skipped')) + end(2), {}, 'assertion'],
    ['the time limit', both + end(2), { killed: 'timeout' }, 'timeout'],
    ['the memory limit', both + end(2), { killed: 'memory' }, 'memory'],
    ['the output limit', both + end(2), { killed: 'output' }, 'output'],
    ['a signal', both, { exitCode: null, signal: 'SIGSEGV' }, 'crash'],
    ['an exit code', both, { exitCode: 7 }, 'crash'],
    ['the heap limit', both, { exitCode: 134, output: 'FATAL … heap out of memory' }, 'memory'],
    ['no program', '', { exitCode: null, spawnError: 'ENOENT' }, 'crash'],
  ] as const)('fails with %s', (_, messages, report, kind) => {
    expect(kindOf(judge(['a', 'b'], messages, report))).toBe(kind);
  });

  it('fails when nothing was expected', () => {
    expect(kindOf(judge([], end(0)))).toBe('no-tests');
  });

  it('keeps the results that came before a kill', () => {
    const cut = judge(['a', 'b'], `${line(result('a'))}${nonce} {"type":"resu`, {
      killed: 'timeout',
    });
    expect(cut.results.map(({ status }) => status)).toEqual(['passed', 'missing']);
    expect(cut).toMatchObject({ passed: 1, failed: 1, total: 2 });
    expect(kindOf(cut)).toBe('timeout');
  });

  it('cannot be talked into passing by anybody who does not know the nonce', () => {
    const forger = fc.array(
      fc.oneof(
        fc.string().map((text) => `${text}\n`),
        fc.constantFrom('', 'nonce', 'c0ffe').map((guess) => line(result('b'), guess)),
        fc.constantFrom(line({ type: 'end', results: 2 }, 'guess'), end(2).slice(1)),
      ),
    );
    fc.assert(
      fc.property(forger, forger, (before, after) => {
        const said = before.join('') + line(result('a')) + after.join('');
        expect(judge(['a', 'b'], said).outcome).toBe('failed');
      }),
    );
  });

  it('reads what it is sent in whole lines, and takes a cut last line for no forgery', () => {
    expect(parseMessages(`${both}${nonce} {"ty`, nonce)).toMatchObject({ forged: false });
    expect(parseMessages(`${both}c0f`, nonce)).toMatchObject({ forged: false });
    expect(parseMessages(`${both}x`, nonce)).toMatchObject({ forged: true });
  });
});
