import type { AnyEvent } from '../event.ts';
import { fromJSON } from '../event-json.ts';
import { bodyText, placeText } from '../record-text.ts';
import { IntegrityError } from '../store-errors.ts';
import type { AppendPlanner } from './append-planner.ts';
import type { AppendRequest } from './append-request.ts';
import type { LogRecord, StreamHead } from './event-log.ts';
import { headAfter, streamClock } from './place-record.ts';

const pageLength = 1_000;

/** Imported events in pages, each of which is taken in whole or not at all. */
export async function* importPages(
  events: Iterable<AnyEvent> | AsyncIterable<AnyEvent>,
): AsyncGenerator<readonly AnyEvent[]> {
  let page: AnyEvent[] = [];
  for await (const event of events) {
    page.push(event);
    if (page.length < pageLength) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** What has to be known before a page is placed: the heads of its tasks, and which of its events are stored. */
export function importRequest(page: readonly AnyEvent[]): AppendRequest {
  const taskIds = [...new Set(page.map(({ taskId }) => taskId))];
  return {
    groups: taskIds.map((taskId) => ({ taskId, drafts: [], expectedVersion: 'any' })),
    process: 'import',
    causedBy: page.map(({ eventId }) => eventId),
  };
}

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
