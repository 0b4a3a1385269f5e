import type { EventDraft } from '../create-event.ts';
import type { AnyEvent } from '../event.ts';
import { ClockRegressionError, UnknownCauseError, VersionConflictError } from '../store-errors.ts';
import { advance, merge, type VectorClock } from '../vector-clock.ts';
import type { AppendRequest, DraftGroup } from './append-request.ts';
import type { EventLog, LogRecord, StreamHead } from './event-log.ts';
import type { AppendResult, ExpectedVersion } from './event-store.ts';
import { createKnownEvents } from './known-events.ts';
import { headAfter, placeDraft } from './place-record.ts';
import { noStream, StagedHeads } from './staged-heads.ts';
import { storedBefore } from './stored-before.ts';
import { createStreamHeads } from './stream-heads.ts';

/** Gives each append its place in the log. What is planned counts as written until `reset`. */
export interface AppendPlanner {
  /** Reads all that planning these requests needs. */
  prepare(requests: readonly AppendRequest[]): Promise<void>;
  /**
   * Adds the request's records to `records`; none when all its events were stored before.
   *
   * @throws VersionConflictError, EventIdConflictError, ClockRegressionError, UnknownCauseError; nothing is planned then
   */
  plan(request: AppendRequest, records: LogRecord[]): AppendResult;
  /** Places an event that has one already: an import. */
  place(record: LogRecord): void;
  streamHead(taskId: string): StreamHead;
  /** Whether an id that a prepared request names is stored. */
  isStored(eventId: string): boolean;
  /** All that is planned so far is being flushed. */
  flushing(): void;
  /** It is durable. */
  flushed(): void;
  /** A flush failed: forgets all plans. */
  reset(): void;
  lastSequence(): number;
}

export interface AppendPlannerOptions {
  /** Brings a stored event, for a retry that is given it back, up to the catalogue. */
  readonly present: (event: AnyEvent) => AnyEvent;
  /** Most events that can be planned and not durable yet. */
  readonly maxStaged: number;
}

const cachedStreams = 10_000;

export function createAppendPlanner(
  log: EventLog,
  { present, maxStaged }: AppendPlannerOptions,
): AppendPlanner {
  let lastSequence = log.lastSequence();
  // Streams of events that are planned but not durable must not be forgotten.
  const streams = createStreamHeads(cachedStreams + maxStaged);
  const known = createKnownEvents();

  const streamHead = (taskId: string) => streams.get(taskId) ?? noStream;

  async function prepare(requests: readonly AppendRequest[]): Promise<void> {
    known.dropDurable(); // before the log is asked, which knows them now
    streams.forget();
    const taskIds: string[] = [];
    const eventIds: string[] = [];
    for (const { groups, causedBy } of requests) {
      for (const { taskId, drafts } of groups) {
        if (streams.get(taskId) === undefined) taskIds.push(taskId);
        for (const { given, event } of drafts) {
          if (given) eventIds.push(event.eventId);
        }
      }
      for (const eventId of causedBy) eventIds.push(eventId);
    }
    if (taskIds.length > 0) await loadStreams([...new Set(taskIds)]);
    if (eventIds.length > 0) await loadEvents([...new Set(eventIds)]);
  }

  async function loadStreams(taskIds: readonly string[]): Promise<void> {
    const heads = await log.findStreams(taskIds);
    for (const [i, taskId] of taskIds.entries()) streams.set(taskId, heads[i] ?? noStream);
  }

  async function loadEvents(eventIds: readonly string[]): Promise<void> {
    const found = await log.findEvents(eventIds);
    const sequences = found.filter((sequence) => sequence !== undefined);
    while (sequences.length > 0) {
      const events = await log.readMany(sequences);
      for (const event of events) known.set(event.eventId, event);
      sequences.splice(0, events.length);
    }
  }

  function plan(request: AppendRequest, records: LogRecord[]): AppendResult {
    const before = storedBefore(request, known);
    if (before) return resultOf(before.map(present), true);
    const start = records.length;
    const staged = new StagedHeads(streams);
    const first = lastSequence + 1;
    try {
      for (const group of request.groups) placeGroup(request, group, staged, records);
    } catch (error) {
      records.length = start; // a refusal leaves nothing behind
      lastSequence = first - 1;
      throw error;
    }
    staged.commit();
    remember(request);
    const [group, ...others] = request.groups;
    const drafts =
      others.length === 0 ? group?.drafts : request.groups.flatMap((one) => one.drafts);
    return resultOf(drafts?.map(eventOf) ?? [], false);
  }

  function placeGroup(
    request: AppendRequest,
    { taskId, drafts, expectedVersion }: DraftGroup,
    staged: StagedHeads,
    records: LogRecord[],
  ): void {
    let head = staged.get(taskId);
    checkVersion(taskId, expectedVersion, head.version);
    for (const draft of drafts) {
      const clock = draft.hasClock
        ? checkClock(draft.event.vectorClock, head, taskId, request.process)
        : advance(knowledgeOf(request, head), request.process);
      lastSequence += 1;
      const record = placeDraft(draft, head, lastSequence, clock);
      records.push(record);
      head = headAfter(record);
    }
    staged.set(taskId, head);
  }

  /** The clocks of the stream and of the causes, together. */
  function knowledgeOf({ causedBy }: AppendRequest, head: StreamHead): VectorClock {
    let clock = head.vectorClock;
    for (const eventId of causedBy) {
      const cause = known.get(eventId);
      if (!cause) throw new UnknownCauseError({ eventId });
      clock = merge(clock, cause.vectorClock);
    }
    return clock;
  }

  /** A later request of this round may repeat or name these; a generated id nobody knows yet. */
  function remember({ groups }: AppendRequest): void {
    for (const { drafts } of groups) {
      for (const { given, event } of drafts) {
        if (given) known.set(event.eventId, event);
      }
    }
  }

  return {
    prepare,
    plan,
    place(record) {
      lastSequence = record.event.sequence;
      streams.set(record.event.taskId, headAfter(record));
    },
    streamHead,
    isStored: (eventId) => known.has(eventId),
    flushing: () => known.flushing(),
    flushed: () => known.flushed(),
    reset() {
      known.clear();
      streams.clear();
      lastSequence = log.lastSequence();
    },
    lastSequence: () => lastSequence,
  };
}

function checkVersion(taskId: string, expected: ExpectedVersion, actual: number): void {
  const met =
    expected === 'any' ||
    (expected === 'no-stream' && actual === 0) ||
    (expected === 'stream-exists' && actual > 0) ||
    expected === actual;
  if (!met) throw new VersionConflictError({ taskId, expected, actual });
}

function checkClock(
  clock: VectorClock,
  head: StreamHead,
  taskId: string,
  process: string,
): VectorClock {
  const known = Object.hasOwn(head.vectorClock, process) ? (head.vectorClock[process] ?? 0) : 0;
  const given = Object.hasOwn(clock, process) ? (clock[process] ?? 0) : known;
  if (given < known) throw new ClockRegressionError({ taskId, process, given, known });
  return clock;
}

function eventOf({ event }: EventDraft): AnyEvent {
  return event;
}

function resultOf(events: readonly AnyEvent[], deduplicated: boolean): AppendResult {
  const last = events.at(-1);
  return {
    events,
    firstSequence: events[0]?.sequence ?? 0,
    lastSequence: last?.sequence ?? 0,
    version: last?.version ?? 0,
    deduplicated,
  };
}
