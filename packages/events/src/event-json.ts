import { copyClock, integer, name } from './create-event.ts';
import type { AnyEvent } from './event.ts';
import { parseEventId } from './event-id.ts';
import { copyPlainObject, deepFreeze } from './plain-json.ts';
import { InvalidEventError } from './store-errors.ts';
import { parseTaskId } from './task-id.ts';
import { parseTimestamp } from './timestamp.ts';

/** The event as plain JSON: a copy that may be changed. `fromJSON` gives an equal event back. */
export function toJSON<E extends AnyEvent>(event: E): E {
  return JSON.parse(JSON.stringify(event));
}

/**
 * A checked, deeply frozen event from its JSON, as an object or as text.
 *
 * Any event type and any timestamp passes: what was stored once can always be read.
 *
 * @throws InvalidEventError, InvalidVectorClockError
 */
export function fromJSON(json: unknown): AnyEvent {
  const value = typeof json === 'string' ? parseText(json) : json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidEventError({ path: 'event', reason: 'must be an object' });
  }
  const { eventType } = value as Partial<AnyEvent>; // each field is checked below
  if (typeof eventType !== 'string' || eventType === '') {
    throw new InvalidEventError({ path: 'eventType', reason: 'must be a string' });
  }
  const fields: Partial<AnyEvent> = value;
  return Object.freeze({
    sequence: integer(fields.sequence ?? 0, 'sequence', 0),
    version: integer(fields.version ?? 0, 'version', 0),
    vectorClock: copyClock(fields.vectorClock ?? {}),
    eventId: parseEventId(fields.eventId),
    taskId: parseTaskId(fields.taskId),
    eventType,
    timestamp: parseTimestamp(fields.timestamp),
    codeVersion: integer(fields.codeVersion ?? 0, 'codeVersion', 0),
    codeHash: name(fields.codeHash, 'codeHash'),
    causationId: name(fields.causationId, 'causationId'),
    correlationId: name(fields.correlationId, 'correlationId'),
    schemaVersion: integer(fields.schemaVersion ?? 1, 'schemaVersion', 1),
    data: deepFreeze(copyPlainObject(fields.data, 'data')),
  });
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidEventError({ path: 'event', reason: `is no JSON: ${String(cause)}` });
  }
}
