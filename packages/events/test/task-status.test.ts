import { describe, expect, it } from 'vitest';
import { type EventData, StateProjection } from '../src/index.ts';
import { codingTask, payloads } from './coding-event-builder.ts';

const { rebuildState } = StateProjection;

/** The state after events written as `TYPE` or `[TYPE, change of the valid payload]`. */
function after(
  ...steps: readonly (keyof typeof payloads | readonly [keyof typeof payloads, object])[]
) {
  const event = codingTask();
  return rebuildState(
    steps.map((step) => {
      const [type, change] = typeof step === 'string' ? [step, {}] : step;
      return event(type, { ...payloads[type], ...change });
    }),
  );
}
const intervention = (
  kind: EventData<'USER_INTERVENTION'>['kind'],
  more: Partial<EventData<'USER_INTERVENTION'>> = {},
) => ['USER_INTERVENTION', { kind, text: null, ...more }] as const;
const report = [
  'BUG_REPORT_RECEIVED',
  { against: { codeVersion: null, codeHash: null, vectorClock: null } },
] as const;

const planned = ['TASK_CREATED', 'TASK_STARTED', 'PLANNING_COMPLETE'] as const;
const questions = [
  { questionId: 'q1', text: 'Which size?' },
  { questionId: 'q2', text: 'Which colour?' },
];
const asking = [
  'TASK_CREATED',
  'TASK_STARTED',
  ['PLANNING_COMPLETE', { modules: [], questions }],
] as const;
const done = [...planned, 'TASK_COMPLETE'] as const;

describe('the status of a task', () => {
  it('goes created, planning, running, completed', () => {
    expect(after('TASK_CREATED').status).toBe('created');
    expect(after('TASK_CREATED', 'TASK_STARTED').status).toBe('planning');
    expect(after(...planned).status).toBe('running');
    expect(after(...done)).toMatchObject({
      status: 'completed',
      createdAt: '2026-11-23T10:00:01.000Z',
      startedAt: '2026-11-23T10:00:02.000Z',
      endedAt: '2026-11-23T10:00:04.000Z',
      result: payloads.TASK_COMPLETE,
    });
  });

  it('ends as failed with the reason, and as cancelled', () => {
    expect(after(...planned, 'TASK_FAILED')).toMatchObject({
      status: 'failed',
      error: { reason: 'max-iterations', message: 'gave up' },
      endedAt: '2026-11-23T10:00:04.000Z',
    });
    expect(after(...planned, 'TASK_CANCELLED').status).toBe('cancelled');
  });

  it('waits while a plan asks questions, and plans again once each is answered', () => {
    expect(after(...asking)).toMatchObject({ status: 'waiting', questions });
    expect(
      after(...asking, intervention('answer', { questionId: 'q1', text: 'large' })),
    ).toMatchObject({
      status: 'waiting',
      questions: [questions[1]],
      answers: ['large'],
    });
    expect(after(...asking, intervention('answer', { text: 'large and red' }))).toMatchObject({
      status: 'planning',
      questions: [],
    });
    expect(after(...asking, intervention('answer'), 'PLANNING_COMPLETE')).toMatchObject({
      status: 'running',
      questions: [],
    });
  });

  it('runs when a plan has modules beside its questions', () => {
    expect(after('TASK_STARTED', ['PLANNING_COMPLETE', { questions }])).toMatchObject({
      status: 'running',
      questions,
    });
  });

  it('pauses and resumes to what it was', () => {
    for (const before of [['TASK_CREATED'], ['TASK_STARTED'], asking, planned] as const) {
      const { status } = after(...before);
      expect(after(...before, intervention('pause'))).toMatchObject({
        status: 'paused',
        pausedFrom: status,
      });
      expect(
        after(...before, intervention('pause'), intervention('pause'), intervention('resume')),
      ).toMatchObject({
        status,
        pausedFrom: null,
      });
    }
    expect(after(...planned, intervention('resume')).status).toBe('running');
  });

  it('stays paused while the running step finishes, and resumes behind it', () => {
    const paused = ['TASK_STARTED', intervention('pause'), 'PLANNING_COMPLETE'] as const;
    expect(after(...paused)).toMatchObject({ status: 'paused', pausedFrom: 'running' });
    expect(after(...paused, intervention('resume')).status).toBe('running');
    const answered = [...asking, intervention('pause'), intervention('answer')] as const;
    expect(after(...answered)).toMatchObject({ status: 'paused', pausedFrom: 'planning' });
    expect(after(...planned, intervention('pause'), 'TASK_FAILED')).toMatchObject({
      status: 'failed',
      pausedFrom: null,
    });
  });

  it('records the wish to cancel; the status follows with TASK_CANCELLED', () => {
    const wished = [...planned, intervention('cancel')] as const;
    expect(after(...wished)).toMatchObject({ status: 'running', cancelRequested: true });
    expect(after(...wished, 'TASK_CANCELLED')).toMatchObject({
      status: 'cancelled',
      cancelRequested: true,
    });
  });

  it('is final: what comes after the end is an anomaly and changes nothing', () => {
    for (const end of ['TASK_COMPLETE', 'TASK_FAILED', 'TASK_CANCELLED'] as const) {
      const ended = after(...planned, end);
      for (const late of [
        'TASK_STARTED',
        'CODE_GENERATED',
        'TASK_COMPLETE',
        'TASK_CANCELLED',
      ] as const) {
        const state = after(...planned, end, late);
        expect(state.anomalies).toMatchObject([{ sequence: 5, kind: 'after-the-end' }]);
        expect(state).toMatchObject({
          status: ended.status,
          codeVersion: 0,
          endedAt: ended.endedAt,
        });
      }
    }
  });

  it('takes dead-code analysis, interventions and bug reports after the end', () => {
    const state = after(
      ...done,
      'DEAD_CODE_ANALYSIS',
      intervention('pause'),
      intervention('guidance'),
    );
    expect(state).toMatchObject({
      status: 'completed',
      anomalies: [],
      deadCode: payloads.DEAD_CODE_ANALYSIS,
    });
    expect(state.interventions.map(({ kind }) => kind)).toEqual(['pause', 'guidance']);
  });

  it('is not changed by what a user asks for after the end', () => {
    const ended = after(...done);
    for (const late of [
      intervention('cancel'),
      intervention('answer', { text: 'late' }),
      intervention('plan', { plan: [{ name: 'late', purpose: '', dependsOn: [] }] }),
      intervention('pause'),
      intervention('resume'),
    ]) {
      const { interventions, interventionCount, version, sequence, eventIds, ...rest } = after(
        ...done,
        late,
      );
      expect(rest).toMatchObject({
        status: 'completed',
        cancelRequested: false,
        answers: [],
        plan: ended.plan,
        modules: ended.modules,
      });
      expect([interventions.length, interventionCount, version, sequence]).toEqual([1, 1, 5, 5]);
      expect(eventIds.newest).toHaveLength(5);
    }
  });

  it('keeps planning when a plan has neither modules nor questions', () => {
    expect(after('TASK_STARTED', ['PLANNING_COMPLETE', { modules: [] }]).status).toBe('planning');
  });

  it('remembers when it was first started', () => {
    expect(after('TASK_CREATED', 'TASK_STARTED', 'TASK_STARTED').startedAt).toBe(
      '2026-11-23T10:00:02.000Z',
    );
  });

  it('is reopened by an accepted bug report on a completed task only', () => {
    expect(after(...done, report)).toMatchObject({
      status: 'running',
      endedAt: null,
      result: null,
    });
    expect(after(...done, [report[0], { ...report[1], accepted: false }])).toMatchObject({
      status: 'completed',
      openBugReports: [],
    });
    expect(after(...planned, 'TASK_FAILED', report).status).toBe('failed');
    expect(after(...planned, 'TASK_CANCELLED', report).status).toBe('cancelled');
    expect(after(...done, report, 'TASK_COMPLETE')).toMatchObject({
      status: 'completed',
      openBugReports: [],
    });
  });
});
