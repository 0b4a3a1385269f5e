import type { EventOutline } from '../event-outline.ts';
import { IntegrityError } from '../store-errors.ts';
import type { EventSource } from './event-log.ts';
import type { ParsedQuery } from './read-query.ts';

/** Sequences looked up and read at once; of a range the log says itself how much it gives. */
const page = 1_000;
const indexPage = 8_192;

/**
 * The stored events that a query asks for, page by page, so that memory stays constant.
 *
 * `until` a time means the longest prefix, by sequence, of what is read (one task, or the whole log)
 * that has no later timestamp.
 */
export async function* readLog<E extends EventOutline>(
  log: EventSource<E>,
  query: ParsedQuery,
  signal?: AbortSignal,
): AsyncGenerator<readonly E[]> {
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
  log: EventSource<EventOutline>,
  query: ParsedQuery & { readonly untilTime: string },
  signal?: AbortSignal,
): Promise<number> {
  let last = 0;
  const forward = {
    ...query,
    direction: 'forward',
    afterSequence: 0,
    limit: Number.POSITIVE_INFINITY,
  } as const;
  for await (const events of readPages(log, forward, false)) {
    signal?.throwIfAborted();
    for (const { sequence, timestamp } of events) {
      if (timestamp > query.untilTime) return last;
      last = sequence;
    }
  }
  return last;
}

function readPages<E extends EventOutline>(
  log: EventSource<E>,
  query: ParsedQuery,
  typesByIndex: boolean,
): AsyncGenerator<readonly E[]> {
  const { taskId, eventTypes } = query;
  if (taskId !== null) return readIndexed(log, query, [{ kind: 'task', key: taskId }]);
  if (typesByIndex && eventTypes) {
    return readIndexed(
      log,
      query,
      [...eventTypes].map((key) => ({ kind: 'type', key }) as const),
    );
  }
  // Of what is still to be filtered no number of events is known to be enough.
  const span = eventTypes === null ? query : { ...query, limit: Number.POSITIVE_INFINITY };
  return query.direction === 'forward' ? readForward(log, span) : readBackward(log, span);
}

async function* readForward<E extends EventOutline>(
  log: EventSource<E>,
  query: ParsedQuery,
): AsyncGenerator<readonly E[]> {
  let next = query.afterSequence + 1;
  const last = Math.min(query.untilSequence, query.afterSequence + query.limit);
  if (next > last) return;
  const read = () => {
    const reading = log.readRange(next, last, 'forward');
    reading.catch(() => undefined); // whoever stops early does not ask for it
    return reading;
  };
  // The page after the one that is given out is read meanwhile.
  let reading = read();
  for (;;) {
    const events = await reading;
    next += events.length;
    const more = next <= last;
    if (more) reading = read();
    yield events;
    if (!more) return;
  }
}

async function* readBackward<E extends EventOutline>(
  log: EventSource<E>,
  query: ParsedQuery,
): AsyncGenerator<readonly E[]> {
  const first = Math.max(query.afterSequence, query.untilSequence - query.limit) + 1;
  for (let last = query.untilSequence; last >= first; ) {
    const events = await log.readRange(first, last, 'backward');
    yield events.toReversed();
    last -= events.length;
  }
}

async function* readIndexed<E extends EventOutline>(
  log: EventSource<E>,
  query: ParsedQuery,
  keys: readonly { readonly kind: 'task' | 'type'; readonly key: string }[],
): AsyncGenerator<readonly E[]> {
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
      const events = await log.readMany(sequences.slice(i, i + page), query.taskId ?? undefined);
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
function createVersionCheck(query: ParsedQuery): (events: readonly EventOutline[]) => void {
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
