import { describe, expect, it } from 'vitest';
import { type AnyEvent, EventType, StateProjection } from '../src/index.ts';
import { codingTask, payloads } from './coding-event-builder.ts';

const { rebuildState, initialState } = StateProjection;

const nonsense: readonly unknown[] = [
  null,
  undefined,
  7,
  'text',
  [],
  {},
  { module: 3 },
  { files: 'x' },
];

describe('anomalies', () => {
  it('a CORRECTION_COMPLETED without a start is one, and still brings its version', () => {
    const event = codingTask();
    const state = rebuildState([
      event('CORRECTION_COMPLETED', payloads.CORRECTION_COMPLETED, { codeVersion: 2 }),
    ]);
    expect(state.anomalies).toMatchObject([{ sequence: 1, kind: 'correction-without-start' }]);
    expect(state.codeVersion).toBe(2);
  });

  it('a cause that is not among the events before it is one', () => {
    const event = codingTask();
    const state = rebuildState([
      event('TASK_CREATED', payloads.TASK_CREATED),
      event('TASK_STARTED', payloads.TASK_STARTED, { causationId: 'nobody' }),
    ]);
    expect(state.anomalies).toMatchObject([{ sequence: 2, kind: 'broken-causation' }]);
    expect(state.status).toBe('planning');
  });

  it('an event that names itself or a later one as its cause is one', () => {
    const event = codingTask();
    const self = event('TASK_CREATED', payloads.TASK_CREATED, { eventId: 'a', causationId: 'b' });
    const later = event('TASK_STARTED', payloads.TASK_STARTED, { eventId: 'b', causationId: 'b' });
    expect(rebuildState([self, later]).anomalies.map(({ kind }) => kind)).toEqual([
      'broken-causation',
      'broken-causation',
    ]);
  });

  it('a fold that starts in the middle or skips events does not take the missing ones for a broken chain', () => {
    const event = codingTask();
    const whole = Array.from({ length: 6 }, () =>
      event('MODULE_ITERATION', payloads.MODULE_ITERATION),
    );
    expect(rebuildState(whole).anomalies).toEqual([]);
    expect(rebuildState(whole.slice(2)).anomalies).toEqual([]);
    expect(rebuildState(whole.filter((_, index) => index !== 2)).anomalies).toEqual([]);
  });

  it.each(Object.values(EventType))(
    'a %s with an invalid payload is one, and changes nothing else',
    (eventType) => {
      for (const data of nonsense) {
        const valid = codingTask()('TASK_CREATED', payloads.TASK_CREATED);
        const stored: AnyEvent = { ...valid, eventType, data };
        const state = rebuildState([stored]);
        if (state.anomalies.length === 0) continue; // {} is a valid TASK_CANCELLED after defaults
        const { anomalies, eventIds } = state;
        expect(anomalies).toMatchObject([{ sequence: 1, kind: 'invalid-payload' }]);
        expect(state).toEqual({
          ...initialState,
          taskId: 'task-1',
          sequence: 1,
          version: 1,
          anomalies,
          anomalyCount: 1,
          eventIds,
        });
      }
      const wrong: AnyEvent = {
        ...codingTask()('TASK_CREATED', payloads.TASK_CREATED),
        eventType,
        data: null,
      };
      expect(rebuildState([wrong]).anomalies).toHaveLength(1);
    },
  );

  it('names the fault of an invalid payload by its path', () => {
    const event = codingTask()('TASK_CREATED', payloads.TASK_CREATED);
    const state = rebuildState([
      { ...event, data: { prompt: 'x', files: [{ path: 'a', content: 1, kind: 'test' }] } },
    ]);
    expect(state.anomalies[0]?.message).toContain('data.files[0].content');
  });

  it('an event of an unknown type is one; `constructor` is no type', () => {
    const event = codingTask();
    const state = rebuildState(
      ['FROM_THE_FUTURE', 'constructor', '__proto__', 'toString'].map((eventType) => ({
        ...event('TASK_CREATED', payloads.TASK_CREATED),
        eventType,
      })),
    );
    expect(state.anomalies.map(({ kind }) => kind)).toEqual(Array(4).fill('unknown-type'));
  });

  it('keeps the first 100, and the count of all', () => {
    const event = codingTask();
    const state = rebuildState(
      Array.from({ length: 250 }, () => ({
        ...event('TASK_CREATED', payloads.TASK_CREATED),
        eventType: 'X',
      })),
    );
    expect(state.anomalyCount).toBe(250);
    expect(state.anomalies.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
  });
});

describe('what else the state holds', () => {
  it('the newest 1 000 interventions, and the count of all', () => {
    const event = codingTask();
    const state = rebuildState(
      Array.from({ length: 1_234 }, () =>
        event('USER_INTERVENTION', { kind: 'guidance', text: 'hm' }),
      ),
    );
    expect(state.interventionCount).toBe(1_234);
    expect(state.interventions).toHaveLength(1_000);
    expect(state.interventions[0]?.sequence).toBe(235);
    expect(state.interventions.at(-1)).toMatchObject({
      sequence: 1_234,
      kind: 'guidance',
      text: 'hm',
    });
  });

  it('what TASK_CREATED said', () => {
    const limits = { maxIterations: 3, stepTimeoutMs: 1, tokenBudget: null };
    const created = {
      prompt: 'do',
      answers: ['yes'],
      priority: 'HIGH' as const,
      language: 'python' as const,
      limits,
    };
    const files = [{ path: 'a_test.py', content: '', kind: 'test' as const }];
    const state = rebuildState([codingTask()('TASK_CREATED', { ...created, files })]);
    expect(state).toMatchObject({ ...created, files });
  });

  it('model tokens used, failed attempts and stale outcomes too; our estimate where the model reported none', () => {
    const call = {
      callId: 'c',
      model: 'm',
      signature: 'code',
      attempt: 1,
      outcome: 'ok',
      error: null,
      temperature: 0,
      tokens: { estimated: 100, prompt: 90, completion: 10, window: 8_000 },
      durationMs: 1,
      prompt: {
        hash: 'h',
        builderVersion: '1',
        asOfSequence: 0,
        compressionRatio: 1,
        included: [],
        dropped: [],
        truncated: [],
        external: {},
      },
    };
    const silent = {
      ...call,
      outcome: 'MODEL_TIMEOUT',
      tokens: { ...call.tokens, prompt: null, completion: null },
    };
    const event = codingTask();
    const code = { ...payloads.CODE_GENERATED, calls: [call, silent] };
    const state = rebuildState([
      event('CODE_GENERATED', code, { codeVersion: 2 }),
      event('CODE_GENERATED', code, { codeVersion: 1 }),
      event('PLANNING_COMPLETE', { ...payloads.PLANNING_COMPLETE, calls: [call] }),
    ]);
    expect(state.tokens).toEqual({ prompt: 190 * 2 + 90, completion: 30, calls: 5 });
    expect(state.staleEvents).toBe(1);
  });
});
