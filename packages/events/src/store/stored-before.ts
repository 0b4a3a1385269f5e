import type { EventDraft } from '../create-event.ts';
import type { AnyEvent, NewEventRecord } from '../event.ts';
import { sameJson } from '../plain-json.ts';
import { EventIdConflictError } from '../store-errors.ts';
import type { AppendRequest, DraftGroup } from './append-request.ts';
import type { KnownEvents } from './known-events.ts';

/**
 * The stored events, when all of the request are; undefined when none is.
 *
 * @throws EventIdConflictError when an id is repeated, has other content, or only some are stored
 */
export function storedBefore(
  request: AppendRequest,
  known: Pick<KnownEvents, 'get'>,
): readonly AnyEvent[] | undefined {
  if (!request.groups.some(givesIds)) return undefined;
  const seen = new Set<string>();
  const stored: AnyEvent[] = [];
  let missing = 0;
  for (const { drafts } of request.groups) {
    for (const draft of drafts) {
      const { eventId } = draft.event;
      if (draft.given === null) {
        missing += 1;
        continue;
      }
      if (seen.has(eventId)) throw new EventIdConflictError({ eventId, reason: 'repeated' });
      seen.add(eventId);
      const event = known.get(eventId);
      if (!event) missing += 1;
      else if (saysTheSame(draft, draft.given, event)) stored.push(event);
      else throw new EventIdConflictError({ eventId, reason: 'other-content' });
    }
  }
  const [first] = stored;
  if (first === undefined) return undefined;
  if (missing > 0) {
    throw new EventIdConflictError({ eventId: first.eventId, reason: 'partly-stored' });
  }
  return stored;
}

function givesIds({ drafts }: DraftGroup): boolean {
  return drafts.some(({ given }) => given !== null);
}

/** Compares what the caller said; what the store would fill in does not count. */
function saysTheSame(
  { event, hasClock }: EventDraft,
  given: NewEventRecord,
  stored: AnyEvent,
): boolean {
  return (
    event.taskId === stored.taskId &&
    event.eventType === stored.eventType &&
    sameJson(event.data, stored.data) &&
    (given.timestamp === undefined || event.timestamp === stored.timestamp) &&
    (given.codeVersion === undefined || event.codeVersion === stored.codeVersion) &&
    (given.codeHash === undefined || event.codeHash === stored.codeHash) &&
    (given.causationId === undefined || event.causationId === stored.causationId) &&
    (given.correlationId === undefined || event.correlationId === stored.correlationId) &&
    (!hasClock || sameJson(event.vectorClock, stored.vectorClock))
  );
}
