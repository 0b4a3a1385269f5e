import { describe, expect, it } from 'vitest';
import { EventType, StateProjection } from '../src/index.ts';
import { codingTask, payloads } from './coding-event-builder.ts';

const { initialState, rebuildState } = StateProjection;

describe('StateProjection', () => {
  it('gate 1.10: [CODE_GENERATED v1, CORRECTION_COMPLETED v2] projects to code version 2', () => {
    const event = codingTask();
    const state = rebuildState([
      event('CODE_GENERATED', payloads.CODE_GENERATED, { codeVersion: 1, codeHash: 'a' }),
      event('CORRECTION_COMPLETED', payloads.CORRECTION_COMPLETED, {
        codeVersion: 2,
        codeHash: 'b',
      }),
    ]);
    expect(state).toMatchObject({ codeVersion: 2, codeHash: 'b' });
    expect(state.modules['stack.js']).toMatchObject({ codeVersion: 2, codeHash: 'b' });
  });

  it('gate 1.11: a BUG_REPORT_RECEIVED for v1 after a correction to v2 leaves no trace but the count of stale events', () => {
    const event = codingTask();
    const before = [
      event('CODE_GENERATED', payloads.CODE_GENERATED, { codeVersion: 1 }),
      event('CORRECTION_STARTED', payloads.CORRECTION_STARTED, { codeVersion: 1 }),
      event('CORRECTION_COMPLETED', payloads.CORRECTION_COMPLETED, { codeVersion: 2 }),
    ];
    const report = event('BUG_REPORT_RECEIVED', payloads.BUG_REPORT_RECEIVED, { codeVersion: 1 });
    const state = rebuildState(before);
    const { version, sequence, eventIds } = rebuildState([...before, report]);
    expect(StateProjection.apply(state, report)).toEqual({
      ...state,
      staleEvents: 1,
      // Only how far the log was read moves on.
      version,
      sequence,
      eventIds,
    });
  });

  it.each([...Object.values(EventType), 'FROM_THE_FUTURE'])(
    'gate 1.12: each of the 18 types projects without an error, an unknown one too (%s)',
    (eventType) => {
      const event = codingTask()('TASK_STARTED', payloads.TASK_STARTED, { causationId: null });
      const known = Object.values(EventType).find((type) => type === eventType);
      const data = known === undefined ? { anything: 1 } : payloads[known];
      const state = rebuildState([{ ...event, eventType, data }]);
      expect(state).toMatchObject({ taskId: 'task-1', version: 1, sequence: 1 });
      expect(state.anomalies.map(({ kind }) => kind)).toEqual(
        known === undefined
          ? ['unknown-type']
          : known === 'CORRECTION_COMPLETED'
            ? ['correction-without-start']
            : [],
      );
    },
  );

  it('gate 1.13: no events project to the empty initialised state', () => {
    expect(rebuildState([])).toEqual(initialState);
    expect(initialState).toMatchObject({
      taskId: null,
      status: 'created',
      codeVersion: 0,
      codeHash: null,
      version: 0,
      modules: {},
      openBugReports: [],
      interventions: [],
      staleEvents: 0,
      anomalies: [],
      tokens: { prompt: 0, completion: 0, calls: 0 },
    });
  });
});
