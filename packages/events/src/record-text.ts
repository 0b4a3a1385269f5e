import type { EventBody } from './create-event.ts';
import type { VectorClock } from './vector-clock.ts';

/** The part of a record's text that does not depend on its place in the log. */
export function bodyText(body: EventBody, dataText: string): string {
  return `"eventId":"${body.eventId}","taskId":${JSON.stringify(body.taskId)},"eventType":${JSON.stringify(body.eventType)},"timestamp":"${body.timestamp}","codeVersion":${body.codeVersion},"codeHash":${JSON.stringify(body.codeHash)},"causationId":${JSON.stringify(body.causationId)},"correlationId":${JSON.stringify(body.correlationId)},"schemaVersion":${body.schemaVersion},"data":${dataText}}`;
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
