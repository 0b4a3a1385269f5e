import type { AnyEvent } from '../event.ts';
import { IntegrityError } from '../store-errors.ts';
import type { EventLog } from './event-log.ts';
import type { ParsedQuery } from './read-query.ts';

const page = 1_000;
const indexPage = 8_192;

/**
 * The stored events that a query asks for, page by page, so that memory stays constant.
 *
 * `until` a time means the longest prefix, by sequence, of what is read (one task, or the whole log)
 * that has no later timestamp.
 */
export async function* readLog(
  log: EventLog,
  query: ParsedQuery,
  signal?: AbortSignal,
): AsyncGenerator<readonly AnyEvent[]> {
  const { eventTypes, direction, untilTime } = query;
  let left = query.limit;
  let until = Math.min(query.untilSequence, log.lastSequence());
  if (direction === 'backward' && untilTime !== null) {
    until = await lastSequenceUntil(log, { ...query, untilTime, untilSequence: until }, signal);
  }
  const typesByIndex = query.taskId === null && eventTypes !== null && untilTime === null;
  for await (const events of readPages(log, { ...query, untilSequence: until }, typesByIndex)) {
    signal?.throwIfAborted();
    const end = untilTime === null ? -1 : events.findIndex((event) => event.timestamp > untilTime);
    const inTime = end === -1 || direction === 'backward' ? events : events.slice(0, end);
    const matching = eventTypes
      ? inTime.filter((event) => eventTypes.has(event.eventType))
      : inTime;
    const chosen = matching.length > left ? matching.slice(0, left) : matching;
    left -= chosen.length;
    if (chosen.length > 0) yield chosen;
    if (left <= 0 || inTime.length < events.length) return;
  }
}

async function lastSequenceUntil(
  log: EventLog,
  query: ParsedQuery & { readonly untilTime: string },
  signal?: AbortSignal,
): Promise<number> {
  let last = 0;
  const forward = { ...query, direction: 'forward', afterSequence: 0 } as const;
  for await (const events of readPages(log, forward, false)) {
    signal?.throwIfAborted();
    for (const { sequence, timestamp } of events) {
      if (timestamp > query.untilTime) return last;
      last = sequence;
    }
  }
  return last;
}

function readPages(
  log: EventLog,
  query: ParsedQuery,
  typesByIndex: boolean,
): AsyncGenerator<readonly AnyEvent[]> {
  const { taskId, eventTypes } = query;
  if (taskId !== null) return readIndexed(log, query, [{ kind: 'task', key: taskId }]);
  if (typesByIndex && eventTypes) {
    return readIndexed(
      log,
      query,
      [...eventTypes].map((key) => ({ kind: 'type', key }) as const),
    );
  }
  return query.direction === 'forward' ? readForward(log, query) : readBackward(log, query);
}

async function* readForward(
  log: EventLog,
  query: ParsedQuery,
): AsyncGenerator<readonly AnyEvent[]> {
  const read = (from: number) => {
    const most = Math.min(query.untilSequence, from + Math.min(page, query.limit) - 1);
    const reading = log.readRange(from, Math.max(from, most));
    reading.catch(() => undefined); // whoever stops early does not ask for it
    return reading;
  };
  let next = query.afterSequence + 1;
  if (next > query.untilSequence) return;
  // The page after the one that is given out is read meanwhile.
  let reading = read(next);
  for (;;) {
    const events = await reading;
    next += events.length;
    const more = next <= query.untilSequence && events.length < query.limit;
    if (more) reading = read(next);
    yield events;
    if (!more) return;
  }
}

async function* readBackward(
  log: EventLog,
  query: ParsedQuery,
): AsyncGenerator<readonly AnyEvent[]> {
  let last = query.untilSequence;
  let size = Math.max(1, Math.min(page, query.limit));
  while (last > query.afterSequence) {
    const first = Math.max(query.afterSequence + 1, last - size + 1);
    const events = await log.readRange(first, last);
    if (events.length < last - first + 1) {
      size = Math.max(1, events.length >>> 1); // large events: the range has to end at `last`
      continue;
    }
    yield events.toReversed();
    last = first - 1;
  }
}

async function* readIndexed(
  log: EventLog,
  query: ParsedQuery,
  keys: readonly { readonly kind: 'task' | 'type'; readonly key: string }[],
): AsyncGenerator<readonly AnyEvent[]> {
  const forward = query.direction === 'forward';
  const limit = Math.max(1, Math.min(indexPage, query.limit));
  const checkVersions = query.taskId === null ? undefined : createVersionCheck(query);
  let after = query.afterSequence;
  let until = query.untilSequence;
  while (after < until) {
    const bounds = { after, until, direction: query.direction, limit };
    const lists = await Promise.all(keys.map((key) => log.findSequences({ ...key, ...bounds })));
    // A full list may go on behind its last: only what lies before that is complete.
    const ends = lists.filter((list) => list.length === limit).map((list) => list.at(-1) ?? 0);
    const bound = forward ? Math.min(until, ...ends) : Math.max(after + 1, ...ends);
    const sequences = lists
      .flat()
      .filter((sequence) => (forward ? sequence <= bound : sequence >= bound))
      .sort((a, b) => (forward ? a - b : b - a));
    for (let i = 0; i < sequences.length; ) {
      const events = await log.readMany(sequences.slice(i, i + page));
      i += events.length;
      // The index may name other tasks' events too: it goes by hashes.
      const own =
        query.taskId === null ? events : events.filter(({ taskId }) => taskId === query.taskId);
      checkVersions?.(own);
      yield own;
    }
    if (ends.length === 0) return;
    if (forward) after = bound;
    else until = bound - 1;
  }
}

/** Versions have no gaps either: an index that lost an event of the task shows. */
function createVersionCheck(query: ParsedQuery): (events: readonly AnyEvent[]) => void {
  const step = query.direction === 'forward' ? 1 : -1;
  let last: number | null = step === 1 && query.afterSequence === 0 ? 0 : null;
  return (events) => {
    for (const { sequence, version } of events) {
      if (last !== null && version !== last + step) {
        const reason = `has version ${version} of its task, where ${last + step} was expected`;
        throw new IntegrityError({ sequence, reason });
      }
      last = version;
    }
  };
}
