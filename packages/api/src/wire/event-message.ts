import { codingEvents, type Event } from '@org/events';
import { z } from 'zod';
import { pageOf } from './pages.ts';
import type { Wire } from './snake-case.ts';
import { type WireForm, wireForm } from './wire-form.ts';

const count = z.int().min(0);

/**
 * What a client of a task is told, over WebSocket and event stream alike.
 *
 * `event`: something happened. `caught_up`: all that was stored has been sent, from here on it is
 * live. `waiting`: the task has not started yet. Every kind has every field.
 */
export const eventMessageSchema = z
  .object({
    type: z.enum(['event', 'caught_up', 'waiting']),
    task_id: z.string(),
    version: count.meta({ description: 'Position in the task: 1, 2, 3 …' }),
    sequence: count.meta({ description: 'Position in the whole log; resume behind it' }),
    previous: count
      .nullable()
      .meta({ description: 'The task’s sequence before this one; null: this is its first' }),
    code_version: count,
    event_type: z.string().nullable(),
    timestamp: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'EventMessage' });
export type EventMessage = z.output<typeof eventMessageSchema>;

/** A stored event as `GET /tasks/:id/events` lists it: the message with the whole envelope. */
const storedEventSchema = z
  .object({
    event_id: z.string(),
    task_id: z.string(),
    event_type: z.string(),
    timestamp: z.iso.datetime(),
    sequence: count,
    version: count,
    code_version: count,
    code_hash: z.string().nullable(),
    vector_clock: z.record(z.string(), count),
    causation_id: z.string().nullable(),
    correlation_id: z.string().nullable(),
    schema_version: z.int().min(1),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'StoredEvent' });
export type StoredEvent = z.output<typeof storedEventSchema>;

export const eventPageSchema = pageOf(storedEventSchema, 'EventPage');
export type EventPage = z.output<typeof eventPageSchema>;

/** An event's payload on the wire, by its type. */
export type WireEventData<Type extends Event['eventType']> = Wire<
  Extract<Event, { eventType: Type }>['data']
>;

const forms = new Map(
  Object.entries(codingEvents.definitions).map(([type, data]): [string, WireForm<z.ZodType>] => [
    type,
    wireForm(data),
  ]),
);

/** An event's payload in the names of the wire; that of an unknown type stays as it is. */
export function encodeEventData(event: Event): Record<string, unknown> {
  const form = forms.get(event.eventType);
  // A payload is an object by the catalogue; a stored one of an unknown type may be anything.
  const data: unknown = form ? form.encode(event.data) : event.data;
  return typeof data === 'object' && data !== null ? { ...data } : { value: data };
}

export function encodeEventMessage(event: Event, previous: number | null): EventMessage {
  return {
    type: 'event',
    task_id: event.taskId,
    version: event.version,
    sequence: event.sequence,
    previous,
    code_version: event.codeVersion,
    event_type: event.eventType,
    timestamp: event.timestamp,
    data: encodeEventData(event),
  };
}

export function encodeStoredEvent(event: Event): StoredEvent {
  return {
    event_id: event.eventId,
    task_id: event.taskId,
    event_type: event.eventType,
    timestamp: event.timestamp,
    sequence: event.sequence,
    version: event.version,
    code_version: event.codeVersion,
    code_hash: event.codeHash,
    vector_clock: { ...event.vectorClock },
    causation_id: event.causationId,
    correlation_id: event.correlationId,
    schema_version: event.schemaVersion,
    data: encodeEventData(event),
  };
}
