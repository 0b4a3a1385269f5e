import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnyEvent,
  DuplicateSequenceError,
  type Event,
  EventType,
  isEventsError,
  rebuild,
  StateProjection,
  type TaskState,
} from '../src/index.ts';
import { codingTask, payloads } from './coding-event-builder.ts';

const { apply, evolve, initialState, rebuildState } = StateProjection;

/** Any history of a task: all types, several modules, versions up and down, odd payloads, unknown types. */
const history = fc
  .array(
    fc.record({
      type: fc.constantFrom(...Object.values(EventType), 'FROM_THE_FUTURE'),
      module: fc.constantFrom('a', 'b', '__proto__'),
      codeVersion: fc.nat(4),
      kind: fc.constantFrom('guidance', 'answer', 'plan', 'pause', 'resume', 'cancel'),
      plan: fc.option(fc.subarray(['a', 'b', 'c'])),
      damage: fc.nat(12),
      reported: fc.option(fc.nat(4)),
    }),
    { maxLength: 60 },
  )
  .map((drafts) => {
    const event = codingTask();
    return drafts.map((draft, index): AnyEvent => {
      const planned = (draft.plan ?? []).map((name) => ({ name, purpose: '', dependsOn: [] }));
      const base = event('TASK_CREATED', payloads.TASK_CREATED, {
        eventId: `event-${index}`,
        codeVersion: draft.codeVersion,
        codeHash: `hash ${draft.codeVersion}`,
      });
      const known = Object.values(EventType).find((type) => type === draft.type);
      const data: Record<string, unknown> = {
        ...(known && payloads[known]),
        module: draft.module,
        modules: planned,
        kind: draft.kind,
        plan: draft.plan && planned,
      };
      if (draft.type === 'TEST_FAILED') data.failure = payloads.TEST_FAILED.failure;
      if (draft.type === 'BUG_REPORT_RECEIVED') {
        data.against = { codeVersion: draft.reported, codeHash: null, vectorClock: null };
      }
      return {
        ...base,
        eventType: draft.type,
        data: draft.damage === 0 ? null : data,
        causationId: draft.damage === 1 ? 'nobody' : base.causationId,
      };
    });
  });

const shuffled = history.chain((events) =>
  fc.tuple(
    fc.constant(events),
    fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
  ),
);

describe('the laws of StateProjection', () => {
  it('folding one by one gives what rebuilding gives', () => {
    fc.assert(
      fc.property(history, (events) => {
        expect(events.reduce(apply, initialState)).toEqual(rebuildState(events));
        expect(events.reduce(evolve, initialState)).toEqual(rebuildState(events));
      }),
    );
  });

  it('any order in, the same state out', () => {
    fc.assert(
      fc.property(shuffled, ([events, mixed]) => {
        expect(rebuildState(mixed)).toEqual(rebuildState(events));
      }),
    );
  });

  it('never throws, and changes neither the state nor the event it is given', () => {
    fc.assert(
      fc.property(history, (events) => {
        let state: TaskState = deepFreeze(structuredClone(initialState));
        for (const event of events) state = deepFreeze(evolve(state, deepFreeze(event)));
        expect(state.sequence).toBe(events.length);
      }),
    );
  });

  it('resumes from its state as JSON', () => {
    fc.assert(
      fc.property(history, fc.nat(60), (events, cut) => {
        const early = events.slice(0, cut).reduce(apply, initialState);
        const late = events.slice(cut).reduce(apply, JSON.parse(JSON.stringify(early)));
        expect(late).toEqual(rebuildState(events));
      }),
    );
  });

  it('the code version never goes back, of no module and not of the task, which has the highest', () => {
    fc.assert(
      fc.property(history, (events) => {
        let before = initialState;
        for (const event of events) {
          const state = evolve(before, event);
          expect(state.codeVersion).toBeGreaterThanOrEqual(before.codeVersion);
          for (const module of Object.values(state.modules)) {
            expect(module.codeVersion).toBeLessThanOrEqual(state.codeVersion);
            const earlier = Object.entries(before.modules).find(([name]) => name === module.name);
            expect(module.codeVersion).toBeGreaterThanOrEqual(earlier?.[1].codeVersion ?? 0);
          }
          before = state;
        }
      }),
    );
  });

  it('an unknown type changes nothing but the position and the anomalies', () => {
    fc.assert(
      fc.property(history, (events) => {
        const before = rebuildState(events);
        const [last] = events.slice(-1);
        const position = { sequence: events.length + 1, version: events.length + 1 };
        const unknown = {
          ...(last ?? codingTask()('TASK_CREATED', payloads.TASK_CREATED)),
          ...position,
          eventId: 'new',
          eventType: 'FROM_THE_FUTURE',
          causationId: null,
        };
        const { anomalies, anomalyCount, eventIds, ...rest } = apply(before, unknown);
        expect(rest).toEqual({
          ...without(before),
          ...position,
          taskId: 'task-1',
        });
        expect(anomalyCount).toBe(before.anomalyCount + 1);
        expect(anomalies.at(-1)?.kind).toBe('unknown-type');
        expect(eventIds).not.toEqual(before.eventIds);
      }),
    );
  });

  function without({ anomalies: _a, anomalyCount: _c, eventIds: _e, ...rest }: TaskState) {
    return rest;
  }
});

describe('a repeated sequence', () => {
  const event = codingTask();
  const one = event('TASK_CREATED', payloads.TASK_CREATED);
  const two = event('TASK_STARTED', payloads.TASK_STARTED);

  it('is a DuplicateSequenceError in rebuildState, wherever it stands', () => {
    for (const events of [
      [one, one],
      [one, two, one],
      [two, one, two],
      [one, { ...two, sequence: 1 }],
    ]) {
      expect(caught(() => rebuildState(events))).toSatisfy((error) =>
        isEventsError(error, 'DUPLICATE_SEQUENCE'),
      );
    }
    expect(caught(() => rebuildState([one, two, one]))).toMatchObject({ sequence: 1 });
  });

  it('is one in apply too, as is a sequence that comes too late', () => {
    const state = rebuildState([one, two]);
    expect(caught(() => apply(state, two))).toMatchObject({
      code: 'DUPLICATE_SEQUENCE',
      sequence: 2,
      lastSequence: 2,
    });
    expect(caught(() => apply(state, one))).toMatchObject({ sequence: 1, lastSequence: 2 });
  });

  it('does not mean 0: events that are not appended yet come last, in the order given', () => {
    const [pause, resume] = (['pause', 'resume'] as const).map((kind) => ({
      ...event('USER_INTERVENTION', { kind }),
      sequence: 0,
      version: 0,
    }));
    if (!pause || !resume) throw new Error('two events were made');
    expect(rebuildState([resume, pause, two, one]).status).toBe('paused');
    expect(rebuildState([pause, resume, two, one]).status).toBe('planning');
    expect(rebuildState([pause, resume, two, one])).toMatchObject({ sequence: 2, version: 2 });
  });

  function caught(act: () => unknown): unknown {
    try {
      act();
    } catch (error) {
      return error;
    }
    throw new Error('Nothing was thrown');
  }
});

describe('rebuild', () => {
  it('folds any projection over any events in order of sequence', () => {
    const types = {
      initialState: '',
      evolve: (text: string, { eventType }: Event) => `${text}${eventType} `,
    };
    const event = codingTask();
    const events = [
      event('TASK_CREATED', payloads.TASK_CREATED),
      event('TASK_STARTED', payloads.TASK_STARTED),
    ];
    expect(rebuild(types, new Set(events.toReversed()))).toBe('TASK_CREATED TASK_STARTED ');
    expect(rebuild(types, [])).toBe('');
  });

  it('refuses a repeated sequence of any projection, wherever it stands', () => {
    const count = { initialState: 0, evolve: (sum: number) => sum + 1 };
    const [first, second, third] = [1, 2, 3].map((sequence) => ({
      ...codingTask()('TASK_CREATED', payloads.TASK_CREATED),
      sequence,
    }));
    if (!first || !second || !third) throw new Error('three events were made');
    expect(rebuild(count, [third, first, second])).toBe(3);
    for (const events of [
      [first, first],
      [first, second, third, first],
      [third, second, third],
    ]) {
      expect(() => rebuild(count, events)).toThrow(DuplicateSequenceError);
    }
  });
});

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
