import { type CreateEventOptions, createDrafter } from '../create-event.ts';
import type { AnyEvent, NewEventRecord } from '../event.ts';
import type { EventCatalog, EventOf, NewEventOf } from '../event-catalog.ts';
import { parseEventId } from '../event-id.ts';
import { type EventOutline, outlineOf } from '../event-outline.ts';
import { InvalidArgumentError, StoreClosedError } from '../store-errors.ts';
import { parseTaskId } from '../task-id.ts';
import type { AppendRequest, DraftGroup } from './append-request.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { EventLog, EventSource } from './event-log.ts';
import type {
  AppendGroup,
  AppendOptions,
  AppendResult,
  EventStore,
  ExpectedVersion,
  ReadQuery,
} from './event-store.ts';
import type { EventTransfer, PageReader } from './event-transfer.ts';
import { createLogWatch } from './log-watch.ts';
import { createLogWriter, type LogWriterOptions } from './log-writer.ts';
import { createEventReader } from './read-event.ts';
import { readLog } from './read-log.ts';
import { parseAfterSequence, parseQuery } from './read-query.ts';
import { subscribe } from './subscribe.ts';

/** What every store can be told, whatever it stores in. */
export interface EventStoreOptions
  extends Omit<CreateEventOptions, 'catalog'>,
    Omit<LogWriterOptions, 'onWritten' | 'present'> {}

/** The port, and what every store of this package offers besides. */
export type CompleteEventStore<Catalog extends EventCatalog> = EventStore<
  EventOf<Catalog>,
  NewEventOf<Catalog>
> &
  EventTransfer &
  PageReader<EventOf<Catalog>>;

/** The store over a log: validation, places, group commit, reading and following. */
export function createEventStore<Catalog extends EventCatalog>(
  catalog: Catalog,
  log: EventLog,
  options: EventStoreOptions = {},
): CompleteEventStore<Catalog> {
  type E = EventOf<Catalog>;
  const watch = createLogWatch();
  // The catalogue checked each payload when it was appended; a newer writer's type comes as it stands.
  const present = createEventReader(catalog) as (event: AnyEvent) => E;
  const writer = createLogWriter(log, { ...options, present, onWritten: () => watch.notify() });
  const draft = createDrafter({ ...options, catalog });
  let closing: Promise<void> | null = null;

  function assertOpen(): void {
    if (closing) throw new StoreClosedError();
  }

  /** Checks and stringifies right away, so that what the caller does to the events later is not seen. */
  function requestOf(
    groups: readonly AppendGroup<NewEventRecord>[],
    { process = 'main', causedBy = [] }: AppendOptions,
  ): AppendRequest {
    assertOpen();
    if (typeof process !== 'string' || process === '') {
      throw new InvalidArgumentError({ argument: 'process', reason: 'must be a non-empty string' });
    }
    const given = typeof causedBy === 'string' ? [causedBy] : causedBy;
    const causes = given.map((id) => parseEventId(id, 'causedBy'));
    const cause = causes[0] ?? null;
    const drafted = groups.map((group) => groupOf(group, cause));
    if (!drafted.some(({ drafts }) => drafts.length > 0)) {
      throw new InvalidArgumentError({ argument: 'events', reason: 'must not be empty' });
    }
    return { groups: drafted, process, causedBy: causes };
  }

  function groupOf(
    { taskId: given, events, expectedVersion = 'any' }: AppendGroup<NewEventRecord>,
    cause: string | null,
  ): DraftGroup {
    const taskId = parseTaskId(given);
    return {
      taskId,
      expectedVersion: parseExpected(expectedVersion),
      drafts: events.map((event) => draft(taskId, event, cause)),
    };
  }

  function appendGroups(
    groups: readonly AppendGroup<NewEventRecord>[],
    appendOptions: AppendOptions,
  ): Promise<AppendResult<E>> {
    try {
      // The writer gives back what it was given, or what `present` made of stored events.
      return writer.append(requestOf(groups, appendOptions), appendOptions.signal) as Promise<
        AppendResult<E>
      >;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async function* pagesOf<T extends EventOutline>(
    source: EventSource<T>,
    query: ReadQuery,
  ): AsyncGenerator<readonly T[], void, undefined> {
    const parsed = parseQuery(query);
    query.signal?.throwIfAborted();
    assertOpen();
    for await (const events of readLog(source, parsed, query.signal)) {
      yield events;
      query.signal?.throwIfAborted();
      assertOpen();
    }
  }

  async function* readPages(query: ReadQuery): AsyncGenerator<readonly E[], void, undefined> {
    for await (const events of pagesOf(log, query)) yield events.map(present);
  }

  const outlines: EventSource<EventOutline> = {
    lastSequence: () => log.lastSequence(),
    findSequences: (query) => log.findSequences(query),
    readRange: (from, to, direction) => log.readOutlines(from, to, direction),
    readMany: async (sequences, taskId) => (await log.readMany(sequences, taskId)).map(outlineOf),
  };

  async function* readEvents(query: ReadQuery): AsyncGenerator<E, void, undefined> {
    for await (const events of readPages(query)) {
      for (const event of events) {
        yield event;
        query.signal?.throwIfAborted();
        assertOpen();
      }
    }
  }

  const close = () => {
    closing ??= writer.close().then(async () => {
      watch.notify();
      await log.close();
    });
    return closing;
  };

  return {
    append: (taskId, events, appendOptions = {}) => {
      const { expectedVersion = 'any' } = appendOptions;
      const group = { taskId, events: isList(events) ? events : [events], expectedVersion };
      return appendGroups([group], appendOptions);
    },
    appendMany: (groups, appendOptions = {}) => appendGroups(groups, appendOptions),
    async *exportEvents() {
      assertOpen();
      for await (const events of readLog(log, parseQuery({}))) yield* events;
    },
    importEvents: async (events) => {
      assertOpen();
      return writer.importEvents(events);
    },
    read: (query = {}) => readEvents(query),
    readPages: (query = {}) => readPages(query),
    readOutlines: (query = {}) => pagesOf(outlines, query),
    async getEvents(taskId, { afterSequence } = {}) {
      const found: E[] = [];
      const query = parseQuery({ taskId, afterSequence: parseAfterSequence(afterSequence) });
      assertOpen();
      for await (const events of readLog(log, query)) found.push(...events.map(present));
      return found;
    },
    async getEvent(eventId) {
      assertOpen();
      const [sequence] = await log.findEvents([parseEventId(eventId)]);
      if (sequence === undefined) return undefined;
      const [event] = await log.readMany([sequence]);
      return event && present(event);
    },
    async head() {
      assertOpen();
      return log.head();
    },
    async taskHead(taskId) {
      const id = parseTaskId(taskId);
      assertOpen();
      const [head] = await log.findStreams([id]);
      return head && { taskId: id, ...head };
    },
    subscribe: (subscribeOptions = {}) =>
      subscribe({ log, watch, present, isClosed: () => closing !== null }, subscribeOptions),
    async readCheckpoint(name) {
      assertOpen();
      return log.readCheckpoint(name);
    },
    async writeCheckpoint(checkpoint) {
      assertOpen();
      return writer.writeCheckpoint(parseCheckpoint(checkpoint));
    },
    health: () => ({
      status: closing ? 'closed' : writer.status(),
      head: log.head(),
      queued: writer.queued(),
      error: writer.error(),
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function parseExpected(expected: ExpectedVersion): ExpectedVersion {
  const known = expected === 'any' || expected === 'no-stream' || expected === 'stream-exists';
  if (known || (typeof expected === 'number' && Number.isSafeInteger(expected) && expected >= 0)) {
    return expected;
  }
  throw new InvalidArgumentError({
    argument: 'expectedVersion',
    reason: `must be an integer from 0, "no-stream", "stream-exists" or "any", not ${JSON.stringify(expected)}`,
  });
}

// Array.isArray does not narrow a readonly array away.
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
