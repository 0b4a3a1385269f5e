import type { AnyEvent, EventRecord, JsonValue, NewEventRecord } from './event.ts';
import type { EventCatalog } from './event-catalog.ts';
import { createEventIdGenerator, parseEventId } from './event-id.ts';
import { parsePayload } from './payload.ts';
import { copyPlainObject, deepFreeze, freezePlainObject } from './plain-json.ts';
import { bodyText } from './record-text.ts';
import { EventTooLargeError, InvalidEventError } from './store-errors.ts';
import { parseTaskId } from './task-id.ts';
import { parseTimestamp } from './timestamp.ts';
import { parse as parseClock, type VectorClock } from './vector-clock.ts';

export interface CreateEventOptions {
  /** Checks types and payloads. Without one any type and any plain JSON passes. */
  readonly catalog?: EventCatalog;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** @default UUIDs of version 7 */
  readonly generateId?: () => string;
  /** How far a timestamp may lie ahead of `now`. @default 5_000 */
  readonly maxClockSkewMs?: number;
  /** Largest `data`, in bytes of its JSON as UTF-8. @default 16_777_216 (16 MiB) */
  readonly maxDataBytes?: number;
}

/** A checked event without a place in the log: `sequence` and `version` are 0. */
export interface EventDraft {
  /** Not frozen yet: whoever gives it its place does that. Its `data` is. */
  readonly event: Mutable<AnyEvent>;
  /** The event's JSON behind its place: stringified once, outside the commit. */
  readonly body: string;
  /** The caller brought the clock; else the store ticks one. */
  readonly hasClock: boolean;
  /** What the caller said, to compare a retry with; null when it gave no id, for then it is none. */
  readonly given: NewEventRecord | null;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * A checked, deeply frozen event that is not appended yet: `sequence` and `version` are 0.
 *
 * @throws InvalidEventError, EventTooLargeError, UnknownEventTypeError, InvalidPayloadError, InvalidVectorClockError
 */
export function createEvent<New extends NewEventRecord>(
  taskId: string,
  event: New,
  options: CreateEventOptions = {},
): EventRecord<New['eventType'], New['data']> {
  const draft = createDrafter(options)(parseTaskId(taskId), event, null);
  // The payload passed the check of this very type.
  return Object.freeze(draft.event) as EventRecord<New['eventType'], New['data']>;
}

export type Drafter = (
  taskId: string,
  event: NewEventRecord,
  defaultCausationId: string | null,
) => EventDraft;

/** Makes the function that checks what is given to `append`. */
export function createDrafter(options: CreateEventOptions): Drafter {
  const { catalog, now = Date.now, maxClockSkewMs = 5_000, maxDataBytes = 16_777_216 } = options;
  const { generateId: foreignId } = options;
  const generateId = foreignId ? () => parseEventId(foreignId()) : createEventIdGenerator(now);

  return (taskId, given, defaultCausationId) => {
    if (typeof given !== 'object' || given === null) {
      throw new InvalidEventError({ path: 'event', reason: 'must be an object' });
    }
    const { eventType } = given;
    if (typeof eventType !== 'string' || eventType === '') {
      throw new InvalidEventError({ path: 'eventType', reason: 'must be a string' });
    }
    const { data, schemaVersion } = payload(catalog, given);
    // In the order of its JSON.
    const event = {
      sequence: 0,
      version: 0,
      vectorClock: given.vectorClock === undefined ? emptyClock : copyClock(given.vectorClock),
      eventId: given.eventId === undefined ? generateId() : parseEventId(given.eventId),
      taskId,
      eventType,
      timestamp: timestamp(given.timestamp, now(), maxClockSkewMs),
      codeVersion: integer(given.codeVersion ?? 0, 'codeVersion', 0),
      codeHash: name(given.codeHash, 'codeHash'),
      causationId: name(given.causationId, 'causationId') ?? defaultCausationId,
      correlationId: name(given.correlationId, 'correlationId'),
      schemaVersion,
      data,
    };
    const body = bodyText(event);
    checkSize(body, data, maxDataBytes);
    return {
      event,
      body,
      hasClock: given.vectorClock !== undefined,
      given: given.eventId === undefined ? null : given,
    };
  };
}

const emptyClock: VectorClock = Object.freeze({});

/** @throws InvalidVectorClockError */
export function copyClock(clock: VectorClock): VectorClock {
  return Object.freeze({ ...parseClock(clock) });
}

interface Payload {
  readonly data: { readonly [key: string]: JsonValue };
  readonly schemaVersion: number;
}

function payload(catalog: EventCatalog | undefined, event: NewEventRecord): Payload {
  const given = copyPlainObject(event.data, 'data');
  const schemaVersion =
    event.schemaVersion === undefined
      ? undefined
      : integer(event.schemaVersion, 'schemaVersion', 1);
  if (catalog === undefined) {
    return { data: deepFreeze(given), schemaVersion: schemaVersion ?? 1 };
  }
  const { eventType } = event;
  const parsed = parsePayload(
    catalog,
    schemaVersion === undefined
      ? { eventType, data: given }
      : { eventType, data: given, schemaVersion },
  );
  return {
    data: freezePlainObject(parsed.data, 'data'),
    schemaVersion: parsed.schemaVersion,
  };
}

let lastNow = Number.NaN;
let lastTimestamp = '';

function timestamp(given: string | undefined, now: number, maxClockSkewMs: number): string {
  if (given === undefined) {
    if (now !== lastNow) {
      lastTimestamp = new Date(now).toISOString();
      lastNow = now;
    }
    return lastTimestamp;
  }
  const parsed = parseTimestamp(given);
  if (Date.parse(parsed) > now + maxClockSkewMs) {
    throw new InvalidEventError({
      path: 'timestamp',
      reason: `${parsed} is more than ${maxClockSkewMs} ms later than now`,
    });
  }
  return parsed;
}

/** An integer from `least` to `Number.MAX_SAFE_INTEGER`. */
export function integer(value: unknown, path: string, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value + 0;
  throw new InvalidEventError({
    path,
    reason: `must be an integer from ${least}, not ${JSON.stringify(value) ?? String(value)}`,
  });
}

/** A non-empty string or null; `undefined` counts as null. */
export function name(value: unknown, path: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '') return value;
  throw new InvalidEventError({ path, reason: 'must be a non-empty string, or null' });
}

function checkSize(body: string, data: unknown, limit: number): void {
  if (body.length * 3 <= limit) return; // a UTF-16 unit takes at most 3 bytes of UTF-8
  const size = new TextEncoder().encode(JSON.stringify(data)).length;
  if (size > limit) throw new EventTooLargeError({ size, limit });
}
