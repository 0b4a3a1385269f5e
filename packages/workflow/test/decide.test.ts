import type { NewEvent, PlannedModule } from '@org/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, decideUnpaused } from '../src/decide/decide.ts';
import type { DecideOptions, Decision } from '../src/decide/decision.ts';
import { sha256, sourceFile } from '../src/state/code-snapshot.ts';
import { fold } from '../src/state/evolve.ts';
import type { WorkflowState } from '../src/state/workflow-state.ts';
import { LogBuilder } from './log-builder.ts';
import { beginsOf, outcomes } from './simulated-steps.ts';

const options: DecideOptions = {
  maxIterations: 5,
  tokenBudget: null,
  defaultLanguage: 'javascript',
  models: ['mistral:7b'],
};

const oneModule: readonly PlannedModule[] = [
  { name: 'validators.js', purpose: 'validates', dependsOn: [] },
];

function created(data: Partial<Extract<NewEvent, { eventType: 'TASK_CREATED' }>['data']> = {}) {
  const log = new LogBuilder();
  log.add({ eventType: 'TASK_CREATED', data: { prompt: 'Build a validator', ...data } });
  return log;
}

function planned(plan: readonly PlannedModule[] = oneModule) {
  const log = created();
  log.add({ eventType: 'TASK_STARTED', data: { language: 'javascript' } });
  log.add({ eventType: 'PLANNING_COMPLETE', data: { modules: [...plan] } });
  return log;
}

function step(state: WorkflowState): Extract<Decision, { do: 'step' }> {
  const decision = decide(state, options);
  if (decision.do !== 'step') throw new Error(`no step but ${JSON.stringify(decision)}`);
  return decision;
}

/** Runs the next decision with this result of its step. */
function advance(log: LogBuilder, result: 'good' | 'bad' = 'good', code?: string) {
  const decision = decide(log.state, options);
  if (decision.do !== 'step' && decision.do !== 'record') return decision;
  if (decision.do === 'record') for (const event of decision.events) log.add(event);
  else {
    for (const event of beginsOf(log.state, decision)) log.add(event, decision.cause.eventId);
    for (const event of outcomes(log.state, decision.step, { result, code })) log.add(event);
  }
  return decision;
}

describe('the next step', () => {
  it('of a created task is to plan, and TASK_STARTED begins it', () => {
    const next = step(created().state);
    expect(next.step).toEqual({ kind: 'plan' });
    expect(next.begin.map((event) => event.eventType)).toEqual(['TASK_STARTED']);
  });

  it('gate 6.1: a workflow emits its events in order; CODE_GENERATED versions are 1, 2, 3 …', () => {
    const log = created();
    let tests = 0;
    for (let n = 0; n < 40 && decide(log.state, options).do !== 'end'; n += 1) {
      const next = decide(log.state, options);
      const isTest = next.do === 'step' && next.step.kind === 'test';
      if (isTest) tests += 1;
      advance(log, isTest && tests === 1 ? 'bad' : 'good');
    }
    expect(log.events.map((event) => event.eventType)).toEqual([
      'TASK_CREATED',
      'TASK_STARTED',
      'PLANNING_COMPLETE',
      'MODULE_STARTED',
      'MODULE_ITERATION',
      'CODE_GENERATED',
      'TEST_STARTED',
      'TEST_FAILED',
      'MODULE_ITERATION',
      'CORRECTION_STARTED',
      'CODE_GENERATED',
      'CORRECTION_COMPLETED',
      'TEST_STARTED',
      'TEST_PASSED',
      'MODULE_COMPLETE',
      'TASK_COMPLETE',
      'DEAD_CODE_ANALYSIS',
    ]);
    const versions = log.events
      .filter((event) => event.eventType === 'CODE_GENERATED')
      .map((event) => event.codeVersion);
    expect(versions).toEqual([1, 2]);
  });

  it('takes modules in dependency order, one after another', () => {
    const log = planned([
      { name: 'app.js', purpose: 'uses', dependsOn: ['lib.js'] },
      { name: 'lib.js', purpose: 'is used', dependsOn: [] },
    ]);
    const generated: string[] = [];
    for (let n = 0; n < 40; n += 1) {
      const next = decide(log.state, options);
      if (next.do === 'end') break;
      if (next.do === 'step' && next.step.kind === 'generate') generated.push(next.step.module);
      advance(log);
    }
    expect(generated).toEqual(['lib.js', 'app.js']);
  });

  it('a STARTED without an outcome is run again under the same id, with no second STARTED', () => {
    const log = planned();
    const first = step(log.state);
    for (const event of first.begin) log.add(event, first.cause.eventId);
    const again = step(log.state);
    expect(again.id).toBe(first.id);
    expect(again.begin).toEqual([]);
  });

  it('a correction keeps its id and its strategy over a restart', () => {
    const log = planned();
    while (
      decide(log.state, options).do === 'step' &&
      log.state.modules['validators.js']?.phase !== 'tests-failed'
    )
      advance(log, 'bad');
    const first = step(log.state);
    expect(first.step).toMatchObject({ kind: 'correct', reason: 'test-failed' });
    for (const event of first.begin) {
      const previous = event.eventType === 'CORRECTION_STARTED' ? log.events.at(-1)?.eventId : null;
      log.add(event, previous ?? first.cause.eventId);
    }
    const again = step(fold(log.events));
    expect([again.id, again.step, again.begin]).toEqual([first.id, first.step, []]);
  });

  it('a pause holds the next step at the boundary; the outcome of the running one is still wanted', () => {
    const log = planned();
    const running = step(log.state);
    for (const event of running.begin) log.add(event, running.cause.eventId);
    log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'pause' } });
    expect(decide(log.state, options)).toEqual({ do: 'wait', for: 'resume' });
    expect(decideUnpaused(log.state, options)).toMatchObject({ id: running.id });
    log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'resume' } });
    expect(step(log.state).id).toBe(running.id);
  });

  it('a cancel asked for is the end, in each state', () => {
    for (const log of [created(), planned()]) {
      log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'pause' } });
      log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'cancel' } });
      const next = decide(log.state, options);
      expect(next).toMatchObject({ do: 'record', events: [{ eventType: 'TASK_CANCELLED' }] });
      advance(log);
      expect(decide(log.state, options)).toEqual({ do: 'end' });
    }
  });

  it('a question asked puts the task on waiting; the answer has it planned again', () => {
    const log = created();
    log.add({ eventType: 'TASK_STARTED', data: { language: 'javascript' } });
    log.add({
      eventType: 'PLANNING_COMPLETE',
      data: { modules: [], questions: [{ questionId: 'q1', text: 'Which country?' }] },
    });
    expect(decide(log.state, options)).toEqual({ do: 'wait', for: 'answer' });
    expect(log.state.task.status).toBe('waiting');
    log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'answer', text: 'Japan' } });
    expect(step(log.state).step).toEqual({ kind: 'plan' });
  });

  it('with several questions it waits until each has its answer', () => {
    const log = created();
    log.add({ eventType: 'TASK_STARTED', data: { language: 'javascript' } });
    const questions = ['q1', 'q2'].map((questionId) => ({ questionId, text: `${questionId}?` }));
    log.add({ eventType: 'PLANNING_COMPLETE', data: { modules: [], questions } });
    const answer = (questionId: string) =>
      log.add({
        eventType: 'USER_INTERVENTION',
        data: { kind: 'answer', text: 'yes', questionId },
      });
    answer('q2');
    expect(decide(log.state, options)).toEqual({ do: 'wait', for: 'answer' });
    expect(log.state.task.status).toBe('waiting');
    answer('q1');
    expect(step(log.state).step).toEqual({ kind: 'plan' });
    expect(log.state.task.status).toBe('planning');
  });

  it('guidance that no call has seen before the end leads to a correction before TASK_COMPLETE', () => {
    const log = planned();
    while (log.state.modules['validators.js']?.phase !== 'passed') advance(log);
    log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'guidance', text: 'also fax' } });
    expect(step(log.state).step).toMatchObject({ kind: 'correct', reason: 'guidance' });
    while (decide(log.state, options).do !== 'end') advance(log);
    expect(log.state.ended).toBe('completed');
    expect(log.events.filter((event) => event.eventType === 'CODE_GENERATED')).toHaveLength(2);
  });

  it('a valid bug report reopens a completed task: a correction, then a second TASK_COMPLETE', () => {
    const log = planned();
    while (decide(log.state, options).do !== 'end') advance(log);
    log.add({
      eventType: 'BUG_REPORT_RECEIVED',
      data: {
        description: 'a@b is refused',
        against: { codeVersion: 1, codeHash: null, vectorClock: null },
        accepted: true,
      },
    });
    expect(step(log.state).step).toMatchObject({ kind: 'correct', reason: 'bug-report' });
    while (decide(log.state, options).do !== 'end') advance(log);
    expect(log.events.filter((event) => event.eventType === 'TASK_COMPLETE')).toHaveLength(2);
    expect(log.state.bugReports).toEqual([]);
  });

  it('a report whose correction a change of plan cuts short is corrected after it, as another step', () => {
    const log = planned();
    while (decide(log.state, options).do !== 'end') advance(log);
    log.add({
      eventType: 'BUG_REPORT_RECEIVED',
      data: {
        description: 'a@b is refused',
        against: { codeVersion: 1, codeHash: null, vectorClock: null },
        accepted: true,
      },
    });
    const first = step(log.state);
    for (const event of beginsOf(log.state, first)) log.add(event, first.cause.eventId);
    expect(step(log.state).id).toBe(first.id);
    log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'plan', plan: [...oneModule] } });
    expect(log.state.modules['validators.js']?.phase).toBe('planned');
    while (log.state.modules['validators.js']?.phase !== 'passed') advance(log);
    const second = step(log.state);
    expect(second).toMatchObject({ cause: first.cause, step: first.step });
    expect(second.id).not.toBe(first.id);
  });

  it('modules that depend on a corrected one are tested again', () => {
    const log = planned([
      { name: 'lib.js', purpose: 'is used', dependsOn: [] },
      { name: 'app.js', purpose: 'uses', dependsOn: ['lib.js'] },
    ]);
    while (decide(log.state, options).do !== 'end') advance(log);
    log.add({
      eventType: 'BUG_REPORT_RECEIVED',
      data: {
        description: 'wrong',
        module: 'lib.js',
        against: { codeVersion: 2, codeHash: null, vectorClock: null },
        accepted: true,
      },
    });
    const from = log.events.length;
    while (decide(log.state, options).do !== 'end') advance(log);
    const tested = log.events
      .slice(from)
      .flatMap((event) => (event.eventType === 'TEST_PASSED' ? [event.data.module] : []));
    expect(tested).toEqual(['lib.js', 'app.js']);
  });
});

describe('getting stuck', () => {
  function strategies(code: (n: number) => string): readonly string[] {
    const log = planned();
    for (let n = 0; n < 60 && decide(log.state, options).do !== 'end'; n += 1)
      advance(
        log,
        decide(log.state, options).do === 'step' && isTest(log) ? 'bad' : 'good',
        code(n),
      );
    return log.events.flatMap((event) =>
      event.eventType === 'MODULE_ITERATION' ? [event.data.strategy] : [],
    );
  }

  function isTest(log: LogBuilder): boolean {
    const next = decide(log.state, options);
    return next.do === 'step' && next.step.kind === 'test';
  }

  it('the same set of failing tests, again, leads to another strategy each time', () => {
    expect(strategies((n) => `export const n = ${n};\n`)).toEqual([
      'generate',
      'correct',
      'other-temperature',
      'rewrite-tests',
      'larger-model',
      'from-scratch',
    ]);
  });

  it('at maxIterations the task fails, delivering the version that passed most tests', () => {
    const log = planned();
    const passed = [1, 3, 2, 0, 1];
    let run = 0;
    for (let n = 0; n < 60 && decide(log.state, options).do !== 'end'; n += 1) {
      const next = decide(log.state, options);
      if (next.do === 'step' && next.step.kind === 'test') {
        for (const event of beginsOf(log.state, next)) log.add(event);
        log.add({
          eventType: 'TEST_FAILED',
          data: {
            module: 'validators.js',
            passed: passed[run] ?? 0,
            failed: 4 - (passed[run] ?? 0),
            total: 4,
            results: [],
            durationMs: 1,
            output: '',
            failure: { kind: 'assertion', message: 'no' },
            signature: `set ${run}`,
          },
        });
        run += 1;
      } else advance(log, 'good', `export const n = ${n};\n`);
    }
    const end = log.events.at(-1);
    expect(end).toMatchObject({
      eventType: 'TASK_FAILED',
      data: { reason: 'max-iterations', best: { codeVersion: 2, passed: 3, total: 4 } },
    });
    expect(log.state.modules['validators.js']?.iterations).toBe(5);
  });

  it('over the token budget what is written is still tested, and what has passed completes', () => {
    const log = planned();
    const broke = { ...options, tokenBudget: 0 };
    while (log.state.modules['validators.js']?.phase !== 'testing') advance(log);
    const spent = () => ({
      ...log.state,
      task: { ...log.state.task, tokens: { prompt: 8, completion: 3, calls: 1 } },
    });
    while (log.state.ended === null) {
      const next = decide(spent(), broke);
      if (next.do === 'record') expect(next.events[0]?.eventType).not.toBe('TASK_FAILED');
      else expect(next).toMatchObject({ do: 'step', step: { kind: 'test' } });
      advance(log);
    }
    expect(log.state.ended).toBe('completed');
  });

  it('at the token budget the task fails with the reason', () => {
    const log = planned();
    const spent = { ...options, tokenBudget: 10 };
    const state = {
      ...log.state,
      task: { ...log.state.task, tokens: { prompt: 8, completion: 3, calls: 1 } },
    };
    expect(decide(state, spent)).toMatchObject({
      do: 'record',
      events: [{ eventType: 'TASK_FAILED', data: { reason: 'token-budget' } }],
    });
  });
});

describe('laws', () => {
  const history = fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom('good' as const, 'bad' as const) },
        {
          weight: 3,
          arbitrary: fc.constantFrom(
            'guidance' as const,
            'pause' as const,
            'resume' as const,
            'bug' as const,
          ),
        },
        { weight: 1, arbitrary: fc.constantFrom('cancel' as const, 'crash' as const) },
      ),
      { maxLength: 60 },
    )
    .map((moves) => {
      const log = created();
      for (const [index, move] of moves.entries()) {
        if (move === 'good' || move === 'bad')
          advance(log, move, `export const n = ${index % 7};\n`);
        else if (move === 'crash') {
          const next = decide(log.state, options);
          if (next.do === 'step')
            for (const event of beginsOf(log.state, next)) log.add(event, next.cause.eventId);
        } else if (move === 'bug') {
          if (
            log.state.task.codeVersion === 0 ||
            log.state.ended === 'failed' ||
            log.state.ended === 'cancelled'
          )
            continue;
          log.add({
            eventType: 'BUG_REPORT_RECEIVED',
            data: {
              description: 'broken',
              against: {
                codeVersion: log.state.task.codeVersion,
                codeHash: null,
                vectorClock: null,
              },
              accepted: true,
            },
          });
        } else if (log.state.ended === null)
          log.add({ eventType: 'USER_INTERVENTION', data: { kind: move, text: 'x' } });
      }
      return log;
    });

  it('any prefix of any history gives a next step, a wait or an end', () => {
    fc.assert(
      fc.property(history, (log) => {
        for (let length = 1; length <= log.events.length; length += 1) {
          const decision = decide(fold(log.events.slice(0, length)), options);
          expect(['step', 'record', 'wait', 'end']).toContain(decision.do);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('replaying a history gives the same decisions, and never a version of the code twice', () => {
    fc.assert(
      fc.property(history, (log) => {
        expect(decide(fold(log.events), options)).toEqual(decide(log.state, options));
        const versions = log.events
          .filter((event) => event.eventType === 'CODE_GENERATED')
          .map((event) => event.codeVersion);
        expect(versions).toEqual(versions.map((_, index) => index + 1));
      }),
      { numRuns: 200 },
    );
  });

  it('every history comes to an end when its steps succeed from some point on', () => {
    fc.assert(
      fc.property(history, (log) => {
        if (log.state.paused && log.state.ended === null)
          log.add({ eventType: 'USER_INTERVENTION', data: { kind: 'resume' } });
        let moves = 0;
        while (decide(log.state, options).do !== 'end') {
          moves += 1;
          expect(moves).toBeLessThan(80);
          advance(log, 'good', `export const good = ${moves};\n`);
        }
        expect(log.state.ended).not.toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});

it('two files of one content have one hash', () => {
  expect(sourceFile('a.js', 'x').hash).toBe(sha256('x'));
});
