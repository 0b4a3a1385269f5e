import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  type AnyEvent,
  codingEvents,
  decodeEvent,
  defineEvents,
  type Event,
  type EventOf,
  EventType,
  isEventsError,
  type NewEventOf,
  parsePayload,
} from '../src/index.ts';
import { codingTask, payloads } from './coding-event-builder.ts';

const orders = defineEvents({
  ORDER_PLACED: z.object({
    items: z.array(z.object({ sku: z.string(), count: z.number().int() })),
  }),
  ORDER_PAID: {
    schemaVersion: 3,
    data: z.object({ cents: z.number().int(), currency: z.string().default('EUR') }),
    upcast: {
      1: ({ euros }: { euros: number }) => ({ amount: euros }),
      2: ({ amount }: { amount: number }) => ({ cents: Math.round(amount * 100) }),
    },
  },
});
type Order = EventOf<typeof orders>;

const stored = (eventType: string, data: unknown, schemaVersion = 1): AnyEvent => ({
  ...codingTask()('TASK_CREATED', payloads.TASK_CREATED),
  eventType,
  data,
  schemaVersion,
});

describe('a catalogue', () => {
  it('types each payload by its event type, with no cast', () => {
    const read = (event: Order) => {
      if (event.eventType === 'ORDER_PAID') {
        expectTypeOf(event.data).toEqualTypeOf<{ cents: number; currency: string }>();
      } else {
        expectTypeOf(event.data.items).toEqualTypeOf<{ sku: string; count: number }[]>();
      }
    };
    const coding = (event: Event) => {
      if (event.eventType === 'TEST_FAILED') {
        expectTypeOf(event.data.failure.message).toEqualTypeOf<string>();
        expectTypeOf(event.data.failed).toEqualTypeOf<number>();
      }
    };
    expectTypeOf<Order['eventType']>().toEqualTypeOf<'ORDER_PLACED' | 'ORDER_PAID'>();
    expectTypeOf<Event['eventType']>().toEqualTypeOf<EventType>();
    // What has a default may be left out when appending, and is there when reading.
    expectTypeOf<{ eventType: 'ORDER_PAID'; data: { cents: number } }>().toExtend<
      NewEventOf<typeof orders>
    >();
    expect([read, coding]).toHaveLength(2);
  });

  it('has the 18 coding types, each a name of itself', () => {
    const names =
      'TASK_CREATED TASK_STARTED PLANNING_COMPLETE MODULE_STARTED MODULE_ITERATION MODULE_COMPLETE CODE_GENERATED TEST_STARTED TEST_PASSED TEST_FAILED CORRECTION_STARTED CORRECTION_COMPLETED BUG_REPORT_RECEIVED USER_INTERVENTION DEAD_CODE_ANALYSIS TASK_COMPLETE TASK_FAILED TASK_CANCELLED';
    expect(Object.values(EventType).join(' ')).toBe(names);
    expect([...codingEvents.eventTypes].sort()).toEqual(Object.values(EventType).sort());
    expect(Object.keys(EventType)).toEqual(Object.values(EventType));
    expect(codingEvents.eventTypes.size).toBe(18);
  });

  it('takes a valid payload of each of the 18 types as it is', () => {
    for (const eventType of Object.values(EventType)) {
      expect(parsePayload(codingEvents, { eventType, data: payloads[eventType] })).toEqual({
        data: payloads[eventType],
        schemaVersion: 1,
      });
    }
  });

  it('is refused when a schema version has no way up, or is none', () => {
    const data = z.object({});
    for (const [definition, reason] of [
      [{ data, schemaVersion: 3, upcast: { 2: () => ({}) } }, 'no upcast from 1'],
      [{ data, schemaVersion: 0 }, 'integer from 1'],
      [{ data, schemaVersion: 1.5 }, 'integer from 1'],
    ] as const) {
      const error = caught(() => defineEvents({ ODD: definition }));
      expect(isEventsError(error, 'INVALID_CATALOG')).toBe(true);
      expect(String(error)).toContain('"ODD"');
      expect(String(error)).toContain(reason);
    }
  });
});

describe('parsePayload', () => {
  it('fills in defaults and says the schema version', () => {
    expect(parsePayload(orders, { eventType: 'ORDER_PAID', data: { cents: 5 } })).toEqual({
      data: { cents: 5, currency: 'EUR' },
      schemaVersion: 3,
    });
  });

  it('names the path of each fault', () => {
    const error = caught(() =>
      parsePayload(orders, {
        eventType: 'ORDER_PLACED',
        data: {
          items: [
            { sku: 'a', count: 1 },
            { sku: 7, count: 0.5 },
          ],
        },
      }),
    );
    expect(isEventsError(error, 'INVALID_PAYLOAD') && error.issues.map(({ path }) => path)).toEqual(
      ['data.items[1].sku', 'data.items[1].count'],
    );
    expect(String(error)).toContain('Invalid ORDER_PLACED: data.items[1].sku: ');
    expect(error).toMatchObject({ eventType: 'ORDER_PLACED', transient: false });
    expect(
      caught(() => parsePayload(orders, { eventType: 'ORDER_PLACED', data: 3 })),
    ).toMatchObject({
      issues: [{ path: 'data' }],
    });
  });

  it('refuses an unknown type, naming those it knows; `constructor` is none', () => {
    for (const eventType of ['ORDER_LOST', 'constructor', '__proto__']) {
      const error = caught(() => parsePayload(orders, { eventType, data: {} }));
      expect(isEventsError(error, 'UNKNOWN_EVENT_TYPE') && error.eventType).toBe(eventType);
      expect(String(error)).toContain('ORDER_PLACED, ORDER_PAID');
    }
  });

  it('upcasts what an older writer gives, and refuses a version newer than it knows', () => {
    expect(
      parsePayload(orders, { eventType: 'ORDER_PAID', data: { euros: 5 }, schemaVersion: 1 }),
    ).toEqual({
      data: { cents: 500, currency: 'EUR' },
      schemaVersion: 3,
    });
    expect(
      String(
        caught(() =>
          parsePayload(orders, { eventType: 'ORDER_PAID', data: { cents: 1 }, schemaVersion: 4 }),
        ),
      ),
    ).toContain('schema version 4 is newer than the catalogue');
  });
});

describe('decodeEvent', () => {
  it('upcasts a stored payload step by step to the newest schema version, leaving the event as it was', () => {
    for (const [version, data] of [
      [1, { euros: 12.34 }],
      [2, { amount: 12.34 }],
      [3, { cents: 1234 }],
    ] as const) {
      const event = Object.freeze(stored('ORDER_PAID', Object.freeze(data), version));
      const decoded = decodeEvent(orders, event);
      expect(decoded).toEqual({
        kind: 'known',
        event: { ...event, data: { cents: 1234, currency: 'EUR' }, schemaVersion: 3 },
      });
      expect(event).toMatchObject({ data, schemaVersion: version });
    }
  });

  it('tolerates an unknown type and an invalid payload, giving the event as it stands', () => {
    const unknown = stored('ORDER_LOST', { anything: 1 });
    expect(decodeEvent(orders, unknown)).toEqual({ kind: 'unknown-type', event: unknown });
    const invalid = stored('ORDER_PAID', { cents: 'many' }, 3);
    expect(decodeEvent(orders, invalid)).toMatchObject({
      kind: 'invalid-payload',
      event: invalid,
      error: { code: 'INVALID_PAYLOAD', issues: [{ path: 'data.cents' }] },
    });
  });

  it('tolerates an upcast that throws, and one that gives what the schema refuses', () => {
    const decoded = decodeEvent(orders, stored('ORDER_PAID', null, 1));
    expect(decoded).toMatchObject({ kind: 'invalid-payload' });
    if (decoded.kind !== 'invalid-payload') return;
    expect(decoded.error.message).toContain('cannot be upcast from schema version 1');
    expect(decoded.error.cause).toBeInstanceOf(TypeError);
    expect(decodeEvent(orders, stored('ORDER_PAID', { euros: 'x' }, 1)).kind).toBe(
      'invalid-payload',
    );
  });

  it('tolerates a schema that throws, or that wants to be waited for', () => {
    for (const [name, check] of [
      [
        'THROWS',
        () => {
          throw new Error('no');
        },
      ],
      ['ASYNC', async () => true],
    ] as const) {
      const odd = defineEvents({ [name]: z.object({}).refine(check) });
      expect(decodeEvent(odd, stored(name, {}))).toMatchObject({
        kind: 'invalid-payload',
        error: { code: 'INVALID_PAYLOAD', issues: [{ path: 'data' }] },
      });
      const error = caught(() => parsePayload(odd, { eventType: name, data: {} }));
      expect(isEventsError(error, 'INVALID_PAYLOAD')).toBe(true);
    }
  });

  it('reads a newer writer’s payload when it still fits', () => {
    expect(
      decodeEvent(orders, stored('ORDER_PAID', { cents: 1, currency: 'EUR', tip: 2 }, 9)),
    ).toMatchObject({
      kind: 'known',
      event: { data: { cents: 1 }, schemaVersion: 9 },
    });
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}
