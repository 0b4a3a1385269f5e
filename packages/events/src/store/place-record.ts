import type { EventDraft } from '../create-event.ts';
import { sameJson } from '../plain-json.ts';
import { placeText } from '../record-text.ts';
import { merge, type VectorClock } from '../vector-clock.ts';
import type { LogRecord, StreamHead } from './event-log.ts';

/** Completes a draft with its place: the next in its stream, and `sequence` in the log. */
export function placeDraft(
  { event, body, hasClock }: EventDraft,
  head: StreamHead,
  sequence: number,
  vectorClock: VectorClock,
): LogRecord {
  event.sequence = sequence;
  event.version = head.version + 1;
  event.vectorClock = Object.freeze(vectorClock);
  return {
    event: Object.freeze(event),
    place: placeText(event),
    body,
    streamClock: hasClock ? streamClock(head, vectorClock) : null,
  };
}

/** The stream's clock after an event with an explicit one; null when it is just that one. */
export function streamClock(head: StreamHead, clock: VectorClock): VectorClock | null {
  const merged = merge(head.vectorClock, clock);
  return sameJson(merged, clock) ? null : Object.freeze(merged);
}

/** Where the stream stands after the record. */
export function headAfter({ event, streamClock: clock }: LogRecord): StreamHead {
  return {
    version: event.version,
    sequence: event.sequence,
    vectorClock: clock ?? event.vectorClock,
  };
}
