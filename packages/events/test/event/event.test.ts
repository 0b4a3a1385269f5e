import {
  codingEvents,
  createEvent,
  createEventIdGenerator,
  type Event,
  fromJSON,
  type NewEvent,
  parseTaskId,
  toJSON,
} from '@org/events';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';

const started = { eventType: 'TASK_STARTED', data: { language: 'python' } } as const;

describe('createEvent', () => {
  it('gives a checked event that is not appended yet: sequence 0, version 0', () => {
    const event = createEvent('task-1', started, {
      catalog: codingEvents,
      now: () => Date.parse('2026-11-23T10:00:00Z'),
      generateId: () => '0190a000-0000-7000-8000-000000000001',
    });
    expect(event).toEqual({
      sequence: 0,
      version: 0,
      vectorClock: {},
      eventId: '0190a000-0000-7000-8000-000000000001',
      taskId: 'task-1',
      eventType: 'TASK_STARTED',
      timestamp: '2026-11-23T10:00:00.000Z',
      codeVersion: 0,
      codeHash: null,
      causationId: null,
      correlationId: null,
      schemaVersion: 1,
      data: { language: 'python', models: [] },
    });
  });

  it('without a catalogue any type and any plain JSON passes', () => {
    expect(createEvent('t', { eventType: 'ANYTHING', data: { at: [1] } }).data).toEqual({
      at: [1],
    });
  });

  it('copies what it is given: later changes are not seen', () => {
    const data = { list: [1] };
    const event = createEvent('t', { eventType: 'X', data });
    data.list.push(2);
    expect(event.data).toEqual({ list: [1] });
    expect(Object.isFrozen(event.data.list)).toBe(true);
    expect(Object.isFrozen(data)).toBe(false);
  });

  it('refuses data nested deeper than 1 000 levels by name, and takes 900', () => {
    const nested = (depth: number) => {
      let data: Record<string, unknown> = {};
      for (let i = 1; i < depth; i++) data = { a: data };
      return { eventType: 'X', data };
    };
    expect(() => createEvent('t', nested(1_200))).toThrow(/deeper than 1000 levels/);
    createEvent('t', nested(900));
  });

  it('takes the same object twice: only a cycle is refused', () => {
    const shared = { n: 1 };
    expect(createEvent('t', { eventType: 'X', data: { a: shared, b: shared } }).data).toEqual({
      a: { n: 1 },
      b: { n: 1 },
    });
  });

  it('payload types follow from the event type, without a cast', () => {
    expectTypeOf<
      Extract<Event, { eventType: 'TEST_FAILED' }>['data']['signature']
    >().toEqualTypeOf<string>();
    const failed = (event: Event) =>
      event.eventType === 'TEST_FAILED' ? event.data.failure.kind : null;
    expectTypeOf(failed).returns.not.toBeAny();
    // @ts-expect-error the payload of another type
    const wrong: NewEvent = { eventType: 'TASK_STARTED', data: { prompt: 'x' } };
    expect(() => createEvent('t', wrong, { catalog: codingEvents })).toThrow(/TASK_STARTED/);
  });
});

describe('toJSON and fromJSON', () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5, noNullPrototype: true });
  const newEvent = fc.record(
    {
      data: json,
      codeVersion: fc.nat(),
      codeHash: fc.constantFrom(null, 'ab'.repeat(32)),
      vectorClock: fc.dictionary(fc.string(), fc.maxSafeNat(), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      causationId: fc.constantFrom(null, 'cause'),
      correlationId: fc.option(fc.string({ minLength: 1 })),
      schemaVersion: fc.integer({ min: 1 }),
    },
    { requiredKeys: ['data'] },
  );

  it('round-trip to an equal, frozen event, as object and as text', () => {
    fc.assert(
      fc.property(newEvent, (given) => {
        const event = createEvent('tâche', { eventType: 'X', ...given });
        for (const back of [fromJSON(toJSON(event)), fromJSON(JSON.stringify(event))]) {
          expect(back).toEqual(event);
          expect(JSON.stringify(back)).toBe(JSON.stringify(event));
          for (const part of [back, back.data, back.vectorClock]) {
            expect(Object.isFrozen(part)).toBe(true);
          }
        }
      }),
    );
  });

  it('a stored event of any type and time is read; a malformed one is refused with its field', () => {
    const stored = toJSON(createEvent('t', started, { catalog: codingEvents }));
    expect(
      fromJSON({ ...stored, eventType: 'NEW', timestamp: '2999-01-01T00:00:00Z' }),
    ).toMatchObject({
      eventType: 'NEW',
      timestamp: '2999-01-01T00:00:00.000Z',
    });
    const wrong = {
      eventId: 'x',
      taskId: ' ',
      eventType: 7,
      timestamp: 'now',
      sequence: -1,
      version: 0.5,
      codeVersion: '1',
      schemaVersion: 0,
      data: null,
    };
    for (const [field, value] of Object.entries(wrong)) {
      expect(() => fromJSON({ ...stored, [field]: value }), field).toThrow(field);
    }
    for (const value of ['{', '[]', null, 7]) expect(() => fromJSON(value)).toThrow(/event/);
  });
});

describe('event ids', () => {
  it('rise strictly, within a millisecond and when the clock goes backwards', () => {
    let now = 1_000_000;
    const generate = createEventIdGenerator(() => now);
    const ids = Array.from({ length: 10_000 }, (_, i) => {
      if (i % 1_000 === 0) now += i % 2_000 === 0 ? 1 : -5;
      return generate();
    });
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('begin with the time', () => {
    const at = Date.parse('2026-11-23T10:00:00Z');
    const id = createEventIdGenerator(() => at)();
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(at);
  });
});

describe('task ids', () => {
  // Any of Unicode, lone surrogates too. (fast-check's own `binary` takes two seconds to get ready.)
  const codePoint = fc
    .integer({ min: 0, max: 0x10_ffff })
    .map((code) => String.fromCodePoint(code));

  it('any id that is accepted is its own NFC, and is accepted again unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 300 }), (text) => {
        let taskId: string;
        try {
          taskId = parseTaskId(text);
        } catch {
          return;
        }
        expect(taskId).toBe(text.normalize('NFC'));
        expect(parseTaskId(taskId)).toBe(taskId);
        expect(taskId.length).toBeLessThanOrEqual(256);
        expect(decodeURIComponent(encodeURIComponent(taskId))).toBe(taskId);
      }),
    );
  });
});
