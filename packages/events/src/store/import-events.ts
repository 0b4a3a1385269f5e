import type { AnyEvent } from '../event.ts';
import { fromJSON } from '../event-json.ts';
import { bodyText, placeText } from '../record-text.ts';
import { IntegrityError } from '../store-errors.ts';
import type { AppendPlanner } from './append-planner.ts';
import type { LogRecord, StreamHead } from './event-log.ts';
import { headAfter, streamClock } from './place-record.ts';

/**
 * Records of events that have their places already.
 *
 * @throws IntegrityError when one does not continue the log, or repeats an event id
 */
export function placeImported(events: readonly AnyEvent[], planner: AppendPlanner): LogRecord[] {
  const ids = new Set<string>();
  let next = planner.lastSequence() + 1;
  for (const { eventId, sequence } of events) {
    if (sequence !== next)
      refuse(sequence, `sequence ${sequence} was imported where ${next} has to follow`);
    if (ids.has(eventId) || planner.isStored(eventId))
      refuse(sequence, `repeats event id ${eventId}`);
    ids.add(eventId);
    next += 1;
  }
  const staged = new Map<string, StreamHead>();
  const records = events.map((event) => {
    const head = staged.get(event.taskId) ?? planner.streamHead(event.taskId);
    const record = recordOf(fromJSON(event), head);
    staged.set(event.taskId, headAfter(record));
    return record;
  });
  for (const record of records) planner.place(record);
  return records;
}

function recordOf(event: AnyEvent, head: StreamHead): LogRecord {
  if (event.version !== head.version + 1) {
    refuse(event.sequence, `has version ${event.version} where ${head.version + 1} has to follow`);
  }
  const [place, body] = [placeText(event), bodyText(event)];
  return { event, place, body, streamClock: streamClock(head, event.vectorClock) };
}

function refuse(sequence: number, reason: string): never {
  throw new IntegrityError({ sequence, reason });
}
