import type { Event, EventStore, NewEvent, TaskStatus } from '@org/events';
import { z } from 'zod';
import type { EventFeed } from '../feed/event-feed.ts';
import { summarise, type TaskSummary, taskSummary } from '../wire/index.ts';
import type { TaskStates } from './task-states.ts';

/**
 * All tasks, newest first.
 *
 * 1. It follows the store and notes which tasks have changed; what became of them is asked of
 *    `TaskStates`, when somebody wants to know. So a list can never disagree with a task.
 * 2. It is kept in the store under a checkpoint, so that a start reads what is new, not the history.
 * 3. A list waits until everything stored before it was asked for is in it.
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
}

interface Entry {
  readonly createdSequence: number;
  /** The task's newest sequence seen; the summary is of it, or older. */
  sequence: number;
  summarySequence: number;
  summary: TaskSummary | null;
}

const checkpointName = 'api.task-index';
const storedIndex = z.object({
  entries: z.array(
    z.object({
      taskId: z.string(),
      createdSequence: z.int(),
      sequence: z.int(),
      summarySequence: z.int(),
      summary: taskSummary.house.nullable(),
    }),
  ),
});

export function createTaskIndex(options: TaskIndexOptions): TaskIndex {
  const { store, states, feed, onError = () => {}, checkpointEvery = 2_000 } = options;
  const entries = new Map<string, Entry>();
  /** Task ids by creation, oldest first. */
  const order: { readonly taskId: string; readonly createdSequence: number }[] = [];
  const closing = new AbortController();
  const waiters = new Set<{ readonly sequence: number; readonly resolve: () => void }>();
  let sequence = 0;
  let storedSequence = 0;
  let failure: Error | undefined;

  function note(event: Event): void {
    const entry = entries.get(event.taskId);
    if (entry) entry.sequence = event.sequence;
    else
      add(event.taskId, {
        createdSequence: event.sequence,
        sequence: event.sequence,
        summarySequence: 0,
        summary: null,
      });
    advance(event.sequence);
  }

  function add(taskId: string, entry: Entry): void {
    entries.set(taskId, entry);
    order.push({ taskId, createdSequence: entry.createdSequence });
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
    const checkpoint = await store.readCheckpoint(checkpointName);
    const stored = storedIndex.safeParse(checkpoint?.state);
    if (checkpoint === undefined || !stored.success) return;
    for (const { taskId, ...entry } of stored.data.entries) add(taskId, entry);
    storedSequence = checkpoint.sequence;
    advance(checkpoint.sequence);
  }

  async function save(): Promise<void> {
    if (sequence === storedSequence) return;
    const at = sequence;
    const state = { entries: [...entries].map(([taskId, entry]) => ({ taskId, ...entry })) };
    await store.writeCheckpoint({ name: checkpointName, sequence: at, state });
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
    if (sequence < until) for await (const event of store.read(query)) note(event);
    advance(Math.max(sequence, until));
    const waiting = early;
    early = undefined;
    for (const event of waiting) follow(event);
  }

  function follow(event: Event): void {
    note(event);
    if (sequence - storedSequence >= checkpointEvery) saving ??= saveNow();
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
    failure = error instanceof Error ? error : new Error('The index is broken', { cause: error });
    onError(error);
  });

  async function reach(target: number): Promise<void> {
    if (sequence >= target) return;
    if (failure !== undefined) throw failure;
    await new Promise<void>((resolve) => waiters.add({ sequence: target, resolve }));
  }

  /** The task's line, brought up to date first where it is behind. */
  async function summaryOf(taskId: string, entry: Entry): Promise<TaskSummary | null> {
    if (entry.summarySequence >= entry.sequence) return entry.summary;
    const state = await states.get(taskId);
    if (state === undefined) return null;
    entry.summary = summarise(taskId, state);
    entry.summarySequence = state.sequence;
    return entry.summary;
  }

  async function list(query: ListQuery = {}): Promise<TaskPage> {
    const { status, after, limit = 50 } = query;
    await reach((await store.head()).sequence);
    const items: TaskSummary[] = [];
    let last: number | null = null;
    for (let at = firstBelow(order, after) - 1; at >= 0; at -= 1) {
      const { taskId = '', createdSequence = 0 } = order[at] ?? {};
      const entry = entries.get(taskId);
      if (entry === undefined) continue;
      const summary = await summaryOf(taskId, entry);
      if (summary === null || (status && !status.includes(summary.status))) continue;
      if (items.length === limit) return { items, nextAfter: last };
      items.push(summary);
      last = createdSequence;
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
      for (const { resolve } of waiters) resolve();
      waiters.clear();
      await save().catch(onError);
    })();
    return closed;
  }

  async function taskIds(): Promise<readonly string[]> {
    await reach((await store.head()).sequence);
    return order.map(({ taskId }) => taskId).reverse();
  }

  return {
    list,
    taskIds,
    get size() {
      return entries.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** How many of the ascending positions lie below a bound; all of them without one. */
function firstBelow(
  order: readonly { readonly createdSequence: number }[],
  bound?: number,
): number {
  if (bound === undefined) return order.length;
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle]?.createdSequence ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
