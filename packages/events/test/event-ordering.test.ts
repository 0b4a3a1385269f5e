import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CurrentCode,
  EventOrdering,
  type ReportedCode,
  StateProjection,
  VectorClock,
} from '../src/index.ts';
import { codingTask, payloads } from './coding-event-builder.ts';

const { checkReport, isReportValidForCurrentCode } = EventOrdering;

const current: CurrentCode = {
  codeVersion: 2,
  codeHash: 'hash 2',
  vectorClock: { main: 5 },
  taskCodeVersion: 4,
  taskCodeHash: 'hash 4',
};
const report: ReportedCode = { codeVersion: 2, codeHash: 'hash 2', vectorClock: { main: 6 } };
const valid = { valid: true, reason: null };
const invalid = (reason: string) => ({ valid: false, reason });

describe('checkReport', () => {
  it('finds a report valid when version, clock and hash all pass', () => {
    expect(checkReport(report, current)).toEqual(valid);
    expect(isReportValidForCurrentCode(report, current)).toBe(true);
  });

  it('refuses a version below the module’s', () => {
    expect(checkReport({ ...report, codeVersion: 1 }, current)).toEqual(invalid('older-version'));
    expect(isReportValidForCurrentCode({ ...report, codeVersion: 1 }, current)).toBe(false);
  });

  it('refuses a version above the task’s as report-ahead-of-code', () => {
    const ahead = { ...report, codeVersion: 5, codeHash: null };
    expect(checkReport(ahead, current)).toEqual(invalid('report-ahead-of-code'));
  });

  it('takes a version between the module’s and the task’s: other modules have changed since', () => {
    expect(checkReport({ ...report, codeVersion: 3, codeHash: 'hash 3' }, current)).toEqual(valid);
    expect(checkReport({ ...report, codeVersion: 4, codeHash: 'hash 4' }, current)).toEqual(valid);
    expect(checkReport({ ...report, codeVersion: 4, codeHash: 'other' }, current)).toEqual(
      invalid('other-hash'),
    );
  });

  it('refuses a report that happens before the correction', () => {
    const before = { ...report, vectorClock: { main: 4 } };
    expect(checkReport(before, current)).toEqual(invalid('before-correction'));
    expect(checkReport({ ...before, codeHash: null }, current)).toEqual(
      invalid('before-correction'),
    );
  });

  it('refuses another hash whatever the clocks say', () => {
    for (const vectorClock of [{ main: 6 }, { main: 5 }, { user: 1 }, {}, null]) {
      expect(checkReport({ ...report, codeHash: 'other', vectorClock }, current)).toEqual(
        invalid('other-hash'),
      );
    }
  });

  it('lets the hash decide when clocks are concurrent, and equal clocks count as concurrent', () => {
    for (const vectorClock of [{ user: 1 }, { main: 5 }, { main: 4, user: 1 }, {}]) {
      expect(checkReport({ ...report, vectorClock }, current)).toEqual(valid);
      expect(checkReport({ ...report, vectorClock, codeHash: 'other' }, current).valid).toBe(false);
    }
  });

  it('lets version and clock decide when a hash is missing on either side', () => {
    const unhashed = { ...current, codeHash: null };
    expect(checkReport({ ...report, codeHash: null }, current)).toEqual(valid);
    expect(checkReport(report, unhashed)).toEqual(valid);
    expect(checkReport({ ...report, codeVersion: 1 }, unhashed)).toEqual(invalid('older-version'));
    expect(checkReport({ ...report, vectorClock: { main: 1 } }, unhashed)).toEqual(
      invalid('before-correction'),
    );
  });

  it('judges by what is said when the reporter named no version', () => {
    const unsaid = { codeVersion: null, codeHash: null, vectorClock: null };
    expect(checkReport(unsaid, current)).toEqual(valid);
    expect(checkReport({ ...unsaid, codeHash: 'hash 4' }, current)).toEqual(valid);
    expect(checkReport({ ...unsaid, codeHash: 'hash 1' }, current)).toEqual(invalid('other-hash'));
  });

  it('takes events for both sides, whatever their timestamps', () => {
    const event = codingTask();
    const code = event('CODE_GENERATED', payloads.CODE_GENERATED, {
      codeVersion: 1,
      timestamp: '2027-01-01T00:00:00.000Z',
    });
    const bug = event('BUG_REPORT_RECEIVED', payloads.BUG_REPORT_RECEIVED, {
      codeVersion: 1,
      timestamp: '2026-01-01T00:00:00.000Z',
      causationId: null,
    });
    expect(checkReport(bug, code)).toEqual(valid);
    expect(checkReport(code, { ...bug, codeVersion: 2 })).toEqual(invalid('older-version'));
  });

  it('takes a report that nothing caused: an empty causation chain says nothing against it', () => {
    const event = codingTask();
    const code = event('CODE_GENERATED', payloads.CODE_GENERATED, { codeVersion: 1 });
    const bug = { ...payloads.BUG_REPORT_RECEIVED };
    const rootless = event('BUG_REPORT_RECEIVED', bug, { codeVersion: 1, causationId: null });
    expect(EventOrdering.causalChain(rootless.eventId, [rootless]).events).toEqual([rootless]);
    expect(checkReport(rootless, code)).toEqual(valid);
  });

  it('refuses a clock that is none', () => {
    expect(() => checkReport({ ...report, vectorClock: { main: -1 } }, current)).toThrow('"main"');
  });

  it('is valid exactly when version, clock and hash each are, for any report', () => {
    const clock = fc.dictionary(fc.constantFrom('a', 'b'), fc.nat(3));
    const hash = fc.constantFrom(null, 'x', 'y');
    fc.assert(
      fc.property(
        fc.record({ codeVersion: fc.nat(3), codeHash: hash, vectorClock: clock }),
        fc.record({ codeVersion: fc.nat(3), codeHash: hash, vectorClock: clock }),
        fc.nat(2),
        (made, code, newer) => {
          const taskCodeVersion = code.codeVersion + newer;
          const versionFits =
            made.codeVersion >= code.codeVersion && made.codeVersion <= taskCodeVersion;
          const clockFits = !VectorClock.happensBefore(made.vectorClock, code.vectorClock);
          const hashFits =
            made.codeVersion !== code.codeVersion ||
            made.codeHash === null ||
            code.codeHash === null ||
            made.codeHash === code.codeHash;
          expect(isReportValidForCurrentCode(made, { ...code, taskCodeVersion })).toBe(
            versionFits && clockFits && hashFits,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('StateProjection.currentCode', () => {
  it('is the last code-bearing event of the module, or of the task, with the task’s latest beside it', () => {
    const event = codingTask();
    const state = StateProjection.rebuildState([
      event(
        'CODE_GENERATED',
        { ...payloads.CODE_GENERATED, module: 'a.js' },
        { codeVersion: 1, codeHash: 'h1' },
      ),
      event(
        'CODE_GENERATED',
        { ...payloads.CODE_GENERATED, module: 'b.js' },
        { codeVersion: 2, codeHash: 'h2' },
      ),
      event('MODULE_STARTED', { module: 'c.js' }),
    ]);
    const task = { taskCodeVersion: 2, taskCodeHash: 'h2' };
    expect(StateProjection.currentCode(state, 'a.js')).toEqual({
      codeVersion: 1,
      codeHash: 'h1',
      vectorClock: { main: 1 },
      ...task,
    });
    // No code yet, so that no report on it is too old.
    expect(StateProjection.currentCode(state, 'c.js')).toEqual({
      codeVersion: 0,
      codeHash: null,
      vectorClock: {},
      ...task,
    });
    for (const module of ['b.js', null, 'unheard-of.js']) {
      expect(StateProjection.currentCode(state, module)).toEqual({
        codeVersion: 2,
        codeHash: 'h2',
        vectorClock: { main: 2 },
        ...task,
      });
    }
  });
});
