import type { AnyEvent } from './event.ts';
import type { VectorClock } from './vector-clock.ts';

/*
 * A record's text equals `JSON.stringify` of its event, whose fields stand in this order: sequence, version and
 * vector clock first. So it can be cut in two: what the store assigns, and what is known beforehand.
 */

/** The beginning of the record's text: the place that the store assigns. */
export function placeText(event: {
  readonly sequence: number;
  readonly version: number;
  readonly vectorClock: VectorClock;
}): string {
  return `{"sequence":${event.sequence},"version":${event.version},"vectorClock":${JSON.stringify(event.vectorClock)},`;
}

/** The rest of it, which does not depend on the event's place in the log. */
export function bodyText(event: AnyEvent): string {
  return JSON.stringify(event).slice(placeText(event).length);
}
