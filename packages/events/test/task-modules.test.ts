import { describe, expect, it } from 'vitest';
import { type Event, StateProjection } from '../src/index.ts';
import { codingTask, type Payload, payloads } from './coding-event-builder.ts';

const { rebuildState } = StateProjection;

const file = (path: string, content: string) => ({ path, content, hash: content });
const plan = (...names: readonly string[]) =>
  names.map((name) => ({ name, purpose: `does ${name}`, dependsOn: [] }));

/** Events about modules `a` and `b`, with a code version each. */
function about(event: ReturnType<typeof codingTask>, module = 'a') {
  const of =
    <Type extends keyof typeof payloads>(type: Type) =>
    (codeVersion = 0, more: Partial<Payload<Type>> = {}, envelope: Partial<Event> = {}) => {
      // A payload of the type, some of its fields replaced by others of the type.
      const data = { ...payloads[type], module, ...more } as Payload<Type>;
      return event(type, data, { codeVersion, codeHash: `hash ${codeVersion}`, ...envelope });
    };
  return {
    started: of('MODULE_STARTED'),
    iteration: of('MODULE_ITERATION'),
    code: of('CODE_GENERATED'),
    testStarted: of('TEST_STARTED'),
    passed: of('TEST_PASSED'),
    failed: of('TEST_FAILED'),
    correction: of('CORRECTION_STARTED'),
    corrected: of('CORRECTION_COMPLETED'),
    complete: of('MODULE_COMPLETE'),
    report: of('BUG_REPORT_RECEIVED'),
  };
}

describe('the modules of a task', () => {
  it('go planned, running, testing, correcting, passed', () => {
    const event = codingTask();
    const a = about(event);
    const statuses: string[] = [];
    let state = StateProjection.initialState;
    for (const one of [
      event('PLANNING_COMPLETE', { modules: plan('a') }),
      a.started(),
      a.iteration(0, { iteration: 1 }),
      a.code(1),
      a.testStarted(1),
      a.failed(1),
      a.correction(1),
      a.iteration(1, { iteration: 2 }),
      a.code(2),
      a.corrected(2),
      a.testStarted(2),
      a.passed(2),
      a.complete(2, { iterations: 2 }),
    ]) {
      state = StateProjection.apply(state, one);
      statuses.push(state.modules.a?.status ?? '');
    }
    expect(statuses.join(' ')).toBe(
      'planned running running running testing running correcting correcting correcting running testing running passed',
    );
    expect(state.modules.a).toEqual({
      name: 'a',
      purpose: 'a stack',
      dependsOn: [],
      status: 'passed',
      iterations: 2,
      codeVersion: 2,
      codeHash: 'hash 2',
      codeClock: { main: 10 },
      files: [file('stack.js', 'x')].map((one) => ({ ...one, hash: 'hash of x' })),
      lastTest: { codeVersion: 2, passed: 1, failed: 0, total: 1, failing: [], signature: null },
      correction: null,
    });
    expect(state).toMatchObject({
      codeVersion: 2,
      codeHash: 'hash 2',
      anomalies: [],
      staleEvents: 0,
    });
  });

  it('remember which tests failed', () => {
    const a = about(codingTask());
    expect(rebuildState([a.code(1), a.failed(1)]).modules.a?.lastTest).toEqual({
      codeVersion: 1,
      passed: 0,
      failed: 1,
      total: 1,
      failing: ['pushes'],
      signature: 'pushes',
    });
  });

  it('keep the files that a version does not change', () => {
    const a = about(codingTask());
    const state = rebuildState([
      a.code(1, { files: [file('a.js', 'one'), file('b.js', 'one')] }),
      a.code(2, { files: [file('b.js', 'two'), file('c.js', 'two')] }),
    ]);
    expect(state.modules.a?.files).toEqual([
      file('a.js', 'one'),
      file('b.js', 'two'),
      file('c.js', 'two'),
    ]);
  });

  it('count iterations upwards only, and keep the purpose that the plan gave', () => {
    const event = codingTask();
    const a = about(event);
    const state = rebuildState([
      event('PLANNING_COMPLETE', { modules: plan('a') }),
      a.started(0, { purpose: '', dependsOn: [] }),
      a.iteration(0, { iteration: 3 }),
      a.iteration(0, { iteration: 2 }),
    ]);
    expect(state.modules.a).toMatchObject({ iterations: 3, purpose: 'does a' });
  });

  it('may be called `constructor` or `__proto__`', () => {
    const event = codingTask();
    for (const name of ['constructor', '__proto__', 'toString']) {
      const odd = about(event, name);
      const state = rebuildState([odd.iteration(), odd.code(3), odd.passed(3)]);
      expect(Object.keys(state.modules)).toEqual([name]);
      expect(Object.values(state.modules)).toMatchObject([{ name, codeVersion: 3 }]);
      expect(state.anomalies).toEqual([]);
    }
  });
});

describe('stale events', () => {
  it('are those about code older than the latest of their own module, not of the task', () => {
    const event = codingTask();
    const [a, b] = [about(event, 'a'), about(event, 'b')];
    const state = rebuildState([a.code(1), b.code(2), a.passed(1), b.failed(1), b.testStarted(1)]);
    expect(state.staleEvents).toBe(2);
    expect(state.modules.a?.lastTest?.passed).toBe(1);
    expect(state.modules.b).toMatchObject({ lastTest: null, status: 'running' });
  });

  it('without a module are those about code older than the latest of the task', () => {
    const event = codingTask();
    const [a, b] = [about(event, 'a'), about(event, 'b')];
    const base = [a.code(1), b.code(2)];
    const bug = { ...payloads.BUG_REPORT_RECEIVED, module: null };
    const at = (codeVersion: number) => ({
      ...bug,
      against: { codeVersion, codeHash: null, vectorClock: null },
    });
    const report = (version: number) =>
      rebuildState([...base, event('BUG_REPORT_RECEIVED', at(version), { codeVersion: 2 })]);
    // Of module a version 1 is the latest; but it is not said that the report is about a.
    expect(report(1)).toMatchObject({ staleEvents: 1, openBugReports: [] });
    expect(report(2)).toMatchObject({ staleEvents: 0, openBugReports: [{ module: null }] });
  });

  it('of each code-bearing type change nothing but the count, tokens aside', () => {
    const event = codingTask();
    const a = about(event);
    const base = [a.code(1), a.code(2)];
    const before = rebuildState(base);
    for (const stale of [
      a.code(1),
      a.testStarted(1),
      a.passed(1),
      a.failed(1),
      a.correction(1),
      a.corrected(1),
      a.complete(1),
      a.report(2, { against: { codeVersion: 1, codeHash: null, vectorClock: null } }),
      event('DEAD_CODE_ANALYSIS', payloads.DEAD_CODE_ANALYSIS, { codeVersion: 1 }),
    ].map((one) => ({ ...one, causationId: null }))) {
      const state = rebuildState([...base, stale]);
      const { sequence, version, eventIds } = state;
      expect(state).toEqual({ ...before, staleEvents: 1, sequence, version, eventIds });
    }
  });

  it('of a module without code of its own there are none, however new the task’s code is', () => {
    const event = codingTask();
    const [a, b] = [about(event, 'a'), about(event, 'b')];
    const state = rebuildState([a.code(5), b.code(1)]);
    expect(state).toMatchObject({ staleEvents: 0, codeVersion: 5, codeHash: 'hash 5' });
    expect(state.modules.b?.codeVersion).toBe(1);
  });

  it('the latest of several CODE_GENERATED wins, in whatever order they were appended', () => {
    const a = about(codingTask());
    const state = rebuildState([
      a.code(2, { files: [file('a.js', 'two')] }),
      a.code(1, { files: [file('a.js', 'one')] }),
      a.code(3, { files: [file('a.js', 'three')] }),
    ]);
    expect(state).toMatchObject({ codeVersion: 3, codeHash: 'hash 3', staleEvents: 1 });
    expect(state.modules.a?.files).toEqual([file('a.js', 'three')]);
  });

  it('what a user asks for is never stale, whatever code version its envelope says', () => {
    const event = codingTask();
    const a = about(event);
    const state = rebuildState([
      a.code(3),
      event('USER_INTERVENTION', { kind: 'pause' }, { codeVersion: 0 }),
    ]);
    expect(state).toMatchObject({ status: 'paused', staleEvents: 0 });
  });
});

describe('bug reports', () => {
  const unsaid = { codeVersion: null, codeHash: null, vectorClock: null };

  it('are open until a correction of their own module completes', () => {
    const event = codingTask();
    const [a, b] = [about(event, 'a'), about(event, 'b')];
    const reported = [
      a.code(1),
      b.code(2),
      a.report(2, { against: unsaid }),
      b.report(2, { against: unsaid }),
    ];
    const open = (events: readonly Event[]) =>
      rebuildState(events).openBugReports.map(({ module }) => module);
    expect(open(reported)).toEqual(['a', 'b']);
    const correcting = [...reported, a.correction(2, { reason: 'bug-report' }), a.code(3)];
    expect(open(correcting)).toEqual(['a', 'b']);
    expect(open([...correcting, a.corrected(3)])).toEqual(['b']);
  });

  it('that came while a correction was under way stay open behind it', () => {
    const a = about(codingTask());
    const first = a.report(1, { description: 'first', against: unsaid });
    const events = [a.code(1), first, a.correction(1, { reason: 'bug-report' })];
    const second = a.report(1, { description: 'second', against: unsaid });
    const state = rebuildState([
      ...events.map((one, index) => ({ ...one, sequence: index + 1 })),
      { ...second, sequence: 4 },
      { ...a.corrected(2), sequence: 5 },
    ]);
    expect(state.openBugReports.map(({ description }) => description)).toEqual(['second']);
  });

  it('without a module are answered by a correction that a bug report started', () => {
    for (const [reason, open] of [
      ['bug-report', 0],
      ['test-failed', 1],
    ] as const) {
      const event = codingTask();
      const a = about(event);
      const state = rebuildState([
        a.code(1),
        event('BUG_REPORT_RECEIVED', {
          description: 'broken',
          module: null,
          against: unsaid,
          accepted: true,
        }),
        a.correction(1, { reason }),
        a.corrected(2),
      ]);
      expect(state.openBugReports).toHaveLength(open);
    }
  });

  it('that were not accepted are not open', () => {
    const a = about(codingTask());
    expect(rebuildState([a.code(1), a.report(1, { accepted: false })]).openBugReports).toEqual([]);
  });
});

describe('a change of plan', () => {
  it('replaces the modules that are not finished', () => {
    const event = codingTask();
    const [a, b] = [about(event, 'a'), about(event, 'b')];
    const state = rebuildState([
      event('PLANNING_COMPLETE', { modules: plan('a', 'b', 'c') }),
      a.code(1),
      a.complete(1),
      b.code(2),
      event('USER_INTERVENTION', { kind: 'plan', plan: plan('b', 'd') }),
    ]);
    expect(state.plan.map(({ name }) => name)).toEqual(['a', 'b', 'd']);
    expect(Object.keys(state.modules)).toEqual(['a', 'b', 'd']);
    expect(state.modules).toMatchObject({
      a: { status: 'passed', codeVersion: 1 },
      b: { status: 'running', codeVersion: 2, purpose: 'does b' },
      d: { status: 'planned', codeVersion: 0 },
    });
  });

  it('keeps a finished module finished, once and at its new place, when it names it again', () => {
    const event = codingTask();
    const a = about(event, 'a');
    const state = rebuildState([
      event('PLANNING_COMPLETE', { modules: plan('a', 'b') }),
      a.code(1),
      a.complete(1),
      event('USER_INTERVENTION', { kind: 'plan', plan: plan('c', 'a') }),
    ]);
    expect(state.plan.map(({ name }) => name)).toEqual(['c', 'a']);
    expect(state.modules).toMatchObject({ a: { status: 'passed', codeVersion: 1 } });
    expect(Object.keys(state.modules)).toEqual(['c', 'a']);
  });

  it('answers the questions of a waiting task', () => {
    const event = codingTask();
    const state = rebuildState([
      event('TASK_STARTED', payloads.TASK_STARTED),
      event('PLANNING_COMPLETE', { modules: [], questions: [{ questionId: 'q', text: '?' }] }),
      event('USER_INTERVENTION', { kind: 'plan', plan: plan('a') }),
    ]);
    expect(state).toMatchObject({ status: 'running', questions: [] });
  });
});
