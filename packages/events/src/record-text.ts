import type { AnyEvent } from './event.ts';
import type { VectorClock } from './vector-clock.ts';

/** The part of an event's JSON that does not depend on its place in the log. */
export function bodyText(event: AnyEvent, dataText: string): string {
  return `"eventId":"${event.eventId}","taskId":${JSON.stringify(event.taskId)},"eventType":${JSON.stringify(event.eventType)},"timestamp":"${event.timestamp}","codeVersion":${event.codeVersion},"codeHash":${JSON.stringify(event.codeHash)},"causationId":${JSON.stringify(event.causationId)},"correlationId":${JSON.stringify(event.correlationId)},"schemaVersion":${event.schemaVersion},"data":${dataText}}`;
}

/** The record's text, equal to `JSON.stringify` of the stored event. */
export function recordText(
  place: {
    readonly sequence: number;
    readonly version: number;
    readonly vectorClock: VectorClock;
  },
  body: string,
): string {
  return `{"sequence":${place.sequence},"version":${place.version},"vectorClock":${JSON.stringify(place.vectorClock)},${body}`;
}
