import type { AnyEvent } from '../event.ts';
import { fromJSON } from '../event-json.ts';
import { IntegrityError } from '../store-errors.ts';
import { type AppendPlanner, streamClock } from './append-planner.ts';
import type { LogRecord } from './event-log.ts';
import { bodyText, recordText } from './record-text.ts';

/**
 * Records of events that have their places already.
 *
 * @throws IntegrityError when one does not continue the log, or repeats an event id
 */
export function placeImported(events: readonly AnyEvent[], planner: AppendPlanner): LogRecord[] {
  const ids = new Set<string>();
  let next = planner.lastSequence() + 1;
  for (const { eventId, sequence } of events) {
    if (sequence !== next) refuse(sequence, `was imported where ${next} has to follow`);
    if (ids.has(eventId) || planner.isStored(eventId))
      refuse(sequence, `repeats event id ${eventId}`);
    ids.add(eventId);
    next += 1;
  }
  return events.map((event) => placeOne(fromJSON(event), planner));
}

function placeOne(event: AnyEvent, planner: AppendPlanner): LogRecord {
  const head = planner.streamHead(event.taskId);
  if (event.version !== head.version + 1) {
    refuse(event.sequence, `has version ${event.version} where ${head.version + 1} has to follow`);
  }
  const text = recordText(event, bodyText(event, JSON.stringify(event.data)));
  const record = { event, text, streamClock: streamClock(head, event.vectorClock) };
  planner.place(record);
  return record;
}

function refuse(sequence: number, reason: string): never {
  throw new IntegrityError({ sequence, reason });
}
