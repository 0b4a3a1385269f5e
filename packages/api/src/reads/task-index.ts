import type { Event, EventStore, NewEvent, TaskStatus } from '@org/events';
import { ApiError } from '../api-errors.ts';
import type { EventFeed } from '../feed/event-feed.ts';
import { summarise, type TaskSummary } from '../wire/index.ts';
import { createTaskPages, type TaskEntry } from './task-pages.ts';
import type { TaskStates } from './task-states.ts';

/**
 * All tasks, newest first.
 *
 * 1. It follows the store and notes which tasks have changed; what became of them is asked of
 *    `TaskStates`, when somebody wants to know. So a list can never disagree with a task.
 * 2. It is kept in the store, in pages, so that a start reads what is new, not the history.
 * 3. A list waits until everything stored before it was asked for is in it; where it is closed before, it
 *    is refused.
 */
export interface TaskIndex {
  list(query?: ListQuery): Promise<TaskPage>;
  /** Ids of all tasks, newest first. */
  taskIds(): Promise<readonly string[]>;
  /** Tasks known. */
  readonly size: number;
  /** Stores the index and stops following. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ListQuery {
  readonly status?: readonly TaskStatus[];
  /** `nextAfter` of the page before. */
  readonly after?: number;
  /** @default 50 */
  readonly limit?: number;
}

export interface TaskPage {
  readonly items: readonly TaskSummary[];
  /** Null: this is the last page. */
  readonly nextAfter: number | null;
}

export interface TaskIndexOptions {
  readonly store: EventStore<Event, NewEvent>;
  readonly states: TaskStates;
  readonly feed: EventFeed;
  readonly onError?: (error: unknown) => void;
  /** Events between two checkpoints. @default 2000 */
  readonly checkpointEvery?: number;
  /** Tasks that are stored, and read, together. @default 512 */
  readonly perPage?: number;
}

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** A long history is read with so many times fewer checkpoints. */
const catchUpSaves = 10;

export function createTaskIndex(options: TaskIndexOptions): TaskIndex {
  const { store, states, feed, onError = () => {}, checkpointEvery = 2_000 } = options;
  const pages = createTaskPages(
    store,
    options.perPage === undefined ? {} : { perPage: options.perPage },
  );
  const closing = new AbortController();
  const waiters = new Set<Waiter>();
  let sequence = 0;
  let storedSequence = 0;
  /** Where storing fails, it is tried again after as many events. */
  let triedSequence = 0;
  let failure: Error | undefined;

  function note(event: Event): void {
    pages.note(event);
    advance(event.sequence);
  }

  function advance(to: number): void {
    sequence = to;
    for (const waiter of waiters) {
      if (waiter.sequence > to) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  async function restore(): Promise<void> {
    storedSequence = await pages.restore();
    triedSequence = storedSequence;
    advance(storedSequence);
  }

  async function save(): Promise<void> {
    if (sequence === storedSequence) return;
    const at = sequence;
    triedSequence = at;
    await pages.save(at);
    storedSequence = at;
  }

  /** Reads what came after the checkpoint; what comes meanwhile waits its turn behind it. */
  async function catchUp(): Promise<void> {
    await restore();
    await feed.ready;
    const until = feed.sequence;
    let early: Event[] | undefined = [];
    stop = feed.onEvent((event) => {
      if (early) early.push(event);
      else follow(event);
    });
    const query = { afterSequence: sequence, until, signal: closing.signal };
    if (sequence < until)
      for await (const event of store.read(query)) {
        note(event);
        if (sequence - triedSequence >= catchUpSaves * checkpointEvery) await saveNow();
      }
    advance(Math.max(sequence, until));
    const waiting = early;
    early = undefined;
    for (const event of waiting) follow(event);
  }

  function follow(event: Event): void {
    note(event);
    if (sequence - triedSequence >= checkpointEvery) saving ??= saveNow();
  }

  function saveNow(): Promise<void> {
    return save()
      .catch(onError)
      .finally(() => {
        saving = undefined;
      });
  }

  let stop = () => {};
  let saving: Promise<void> | undefined;
  const running = catchUp().catch((error: unknown) => {
    if (closing.signal.aborted) return;
    fail(error instanceof Error ? error : new Error('The index is broken', { cause: error }));
    onError(error);
  });

  /** It follows no further: whoever waits for what it will not reach, now or later, is told. */
  function fail(reason: Error): void {
    failure ??= reason;
    stop();
    for (const { reject } of waiters) reject(reason);
    waiters.clear();
  }

  async function reach(target: number): Promise<void> {
    if (sequence >= target) return;
    if (failure !== undefined) throw failure;
    await new Promise<void>((resolve, reject) =>
      waiters.add({ sequence: target, resolve, reject }),
    );
  }

  /** The task's line, brought up to date first where it is behind. */
  async function summaryOf(entry: TaskEntry): Promise<TaskSummary | null> {
    if (entry.summarySequence >= entry.sequence) return entry.summary;
    const state = await states.get(entry.taskId);
    if (state === undefined) return null;
    pages.summarise(entry, summarise(entry.taskId, state), state.sequence);
    return entry.summary;
  }

  async function list(query: ListQuery = {}): Promise<TaskPage> {
    const { status, after, limit = 50 } = query;
    await reach((await store.head()).sequence);
    const items: TaskSummary[] = [];
    let last: number | null = null;
    for await (const entry of pages.newest(after)) {
      const summary = await summaryOf(entry);
      if (summary === null || (status && !status.includes(summary.status))) continue;
      if (items.length === limit) return { items, nextAfter: last };
      items.push(summary);
      last = entry.createdSequence;
    }
    return { items, nextAfter: null };
  }

  let closed: Promise<void> | undefined;
  function close(): Promise<void> {
    closed ??= (async () => {
      closing.abort();
      stop();
      await running;
      await saving;
      fail(new ApiError('SHUTTING_DOWN', 'The list of tasks is closed'));
      await save().catch(onError);
    })();
    return closed;
  }

  async function taskIds(): Promise<readonly string[]> {
    await reach((await store.head()).sequence);
    const ids: string[] = [];
    for await (const { taskId } of pages.newest()) ids.push(taskId);
    return ids;
  }

  return {
    list,
    taskIds,
    get size() {
      return pages.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
