import { type CreateEventOptions, createDrafter, type EventDraft } from '../create-event.ts';
import type { AnyEvent, NewEventRecord } from '../event.ts';
import type { EventCatalog, EventOf, NewEventOf } from '../event-catalog.ts';
import { parseEventId } from '../event-id.ts';
import { InvalidArgumentError, StoreClosedError } from '../store-errors.ts';
import { parseTaskId } from '../task-id.ts';
import type { DraftGroup } from './append-planner.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { EventLog } from './event-log.ts';
import type {
  AppendGroup,
  AppendOptions,
  AppendResult,
  EventStore,
  ExpectedVersion,
} from './event-store.ts';
import type { EventTransfer } from './event-transfer.ts';
import { createLogWatch } from './log-watch.ts';
import { createLogWriter, type LogWriterOptions } from './log-writer.ts';
import { createEventReader } from './read-event.ts';
import { readLog } from './read-log.ts';
import { parseAfterSequence, parseQuery } from './read-query.ts';
import { bodyText } from './record-text.ts';
import { subscribe } from './subscribe.ts';

/** What every store can be told, whatever it stores in. */
export interface EventStoreOptions
  extends Omit<CreateEventOptions, 'catalog'>,
    Omit<LogWriterOptions, 'onWritten'> {}

/** The store over a log: validation, places, group commit, reading and following. */
export function createEventStore<Catalog extends EventCatalog>(
  catalog: Catalog,
  log: EventLog,
  options: EventStoreOptions = {},
): EventStore<EventOf<Catalog>, NewEventOf<Catalog>> & EventTransfer {
  type E = EventOf<Catalog>;
  const watch = createLogWatch();
  const writer = createLogWriter(log, { ...options, onWritten: () => watch.notify() });
  const draft = createDrafter({ ...options, catalog });
  // The catalogue checked each payload when it was appended; a newer writer's type comes as it stands.
  const present = createEventReader(catalog) as (event: AnyEvent) => E;
  let closing: Promise<void> | null = null;

  function assertOpen(): void {
    if (closing) throw new StoreClosedError();
  }

  async function appendGroups(
    groups: readonly AppendGroup<NewEventRecord>[],
    { process = 'main', causedBy = [], signal }: AppendOptions,
  ): Promise<AppendResult<E>> {
    assertOpen();
    if (typeof process !== 'string' || process === '') {
      throw new InvalidArgumentError({ argument: 'process', reason: 'must be a non-empty string' });
    }
    const causes = (typeof causedBy === 'string' ? [causedBy] : causedBy).map((id) =>
      parseEventId(id, 'causedBy'),
    );
    const drafts = groups.map(({ taskId, events, expectedVersion = 'any' }) =>
      draftGroup(parseTaskId(taskId), events, parseExpected(expectedVersion), causes[0] ?? null),
    );
    if (!drafts.some((group) => group.drafts.length > 0)) {
      throw new InvalidArgumentError({ argument: 'events', reason: 'must not be empty' });
    }
    const result = await writer.append({ groups: drafts, process, causedBy: causes }, signal);
    return { ...result, events: result.events.map(present) };
  }

  function draftGroup(
    taskId: string,
    events: readonly NewEventRecord[],
    expectedVersion: ExpectedVersion,
    causationId: string | null,
  ): DraftGroup {
    const withBody = (made: EventDraft) => ({ ...made, body: bodyText(made, made.dataText) });
    return {
      taskId,
      expectedVersion,
      drafts: events.map((event) => withBody(draft(taskId, event, causationId))),
    };
  }

  async function* readEvents(
    query: Parameters<typeof parseQuery>[0],
  ): AsyncGenerator<E, void, undefined> {
    const parsed = parseQuery(query);
    query.signal?.throwIfAborted();
    assertOpen();
    for await (const events of readLog(log, parsed, query.signal)) {
      for (const event of events) {
        yield present(event);
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
    append: async (taskId, events, appendOptions = {}) =>
      appendGroups(
        [
          {
            taskId,
            events: isList(events) ? events : [events],
            expectedVersion: appendOptions.expectedVersion ?? 'any',
          },
        ],
        appendOptions,
      ),
    appendMany: async (groups, appendOptions = {}) => appendGroups(groups, appendOptions),
    async *exportEvents() {
      assertOpen();
      for await (const events of readLog(log, parseQuery({}))) yield* events;
    },
    importEvents: async (events) => {
      assertOpen();
      return writer.importEvents(events);
    },
    read: (query = {}) => readEvents(query),
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
