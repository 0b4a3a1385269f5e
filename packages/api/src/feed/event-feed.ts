import type { Event, EventStore, NewEvent } from '@org/events';
import { groupMessages, TaskMessage, type TaskMessages } from './task-message.ts';

/**
 * One subscription to the store for the whole server, handed out by task.
 *
 * 1. Every listener of a task is given each of its later events once, in order, no matter how many
 *    listen: the store is followed once, each event is encoded once.
 * 2. What arrives within one turn of the event loop is handed out together.
 * 3. `dispatched(task)` and the hand-out change in one step, so that a listener that has read the
 *    store up to it misses nothing from then on.
 * 4. A listener that throws hurts nobody else.
 * 5. When the store's subscription fails, it is opened again behind the last event seen.
 */
export interface EventFeed {
  /** Calls back with a task's later events; returns how to stop. */
  follow(taskId: string, listener: TaskListener): () => void;
  /** Calls back with every event of every task, one at a time. */
  onEvent(listener: (event: Event) => void): () => void;
  /** The newest sequence of a followed task that was handed out; 0: none since it is followed. */
  dispatched(taskId: string): number;
  /** The log's end is known; whoever reads the store after it and follows before misses nothing. */
  readonly ready: Promise<void>;
  /** The newest sequence seen, of any task. */
  readonly sequence: number;
  /** Tasks that someone follows. */
  readonly followedTasks: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type TaskListener = (messages: TaskMessages) => void;

export interface EventFeedOptions {
  readonly store: EventStore<Event, NewEvent>;
  /** Told of a failed subscription and of listeners that throw. */
  readonly onError?: (error: unknown) => void;
  /** Pause before a failed subscription is opened again. @default 250 */
  readonly retryMs?: number;
}

interface Channel {
  readonly listeners: Set<TaskListener>;
  last: { version: number; sequence: number } | undefined;
  pending: TaskMessage[];
  dispatched: number;
}

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { store, onError = () => {}, retryMs = 250 } = options;
  const channels = new Map<string, Channel>();
  const everything = new Set<(event: Event) => void>();
  const closing = new AbortController();
  let waiting: Channel[] = [];
  let sequence = 0;

  function flush(): void {
    const due = waiting;
    waiting = [];
    for (const channel of due) {
      const group = groupMessages(channel.pending);
      if (group === undefined) continue;
      channel.pending = [];
      channel.dispatched = group.lastSequence;
      for (const listener of channel.listeners) attempt(() => listener(group));
    }
  }

  function attempt(call: () => void): void {
    try {
      call();
    } catch (error) {
      onError(error);
    }
  }

  async function take(event: Event): Promise<void> {
    for (const listener of everything) attempt(() => listener(event));
    const channel = channels.get(event.taskId);
    if (channel === undefined) return;
    const previous = await previousOf(event, channel.last);
    channel.last = { version: event.version, sequence: event.sequence };
    if (channel.pending.length === 0) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(channel);
    }
    channel.pending.push(new TaskMessage(event, previous));
  }

  async function previousOf(event: Event, last: Channel['last']): Promise<number | null> {
    if (event.version <= 1) return null;
    if (last?.version === event.version - 1) return last.sequence;
    return (await eventBefore(store, event.taskId, event.sequence))?.sequence ?? null;
  }

  const head = store.head();

  async function run(): Promise<void> {
    sequence = (await head).sequence;
    while (!closing.signal.aborted) {
      try {
        for await (const message of store.subscribe({ after: sequence, signal: closing.signal })) {
          if (message.kind !== 'event') continue;
          await take(message.event);
          sequence = message.event.sequence;
        }
      } catch (error) {
        if (!closing.signal.aborted) onError(error);
      }
      await pause(retryMs, closing.signal);
    }
  }

  const running = run().catch(onError);

  async function close(): Promise<void> {
    closing.abort();
    channels.clear();
    everything.clear();
    await running;
  }

  return {
    follow(taskId, listener) {
      const channel = channels.get(taskId) ?? {
        listeners: new Set<TaskListener>(),
        last: undefined,
        pending: [],
        dispatched: 0,
      };
      channels.set(taskId, channel);
      channel.listeners.add(listener);
      return () => {
        channel.listeners.delete(listener);
        if (channel.listeners.size === 0 && channels.get(taskId) === channel) {
          channels.delete(taskId);
        }
      };
    },
    onEvent(listener) {
      everything.add(listener);
      return () => everything.delete(listener);
    },
    dispatched: (taskId) => channels.get(taskId)?.dispatched ?? 0,
    ready: head.then(() => {}, onError),
    get sequence() {
      return sequence;
    },
    get followedTasks() {
      return channels.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A task's newest event below a sequence. */
export async function eventBefore(
  store: EventStore<Event, NewEvent>,
  taskId: string,
  sequence: number,
): Promise<Event | undefined> {
  const until = sequence - 1;
  if (until < 1) return undefined;
  for await (const event of store.read({ taskId, until, direction: 'backward', limit: 1 })) {
    return event;
  }
  return undefined;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
