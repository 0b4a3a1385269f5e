import type { Event, EventStore, NewEvent } from '@org/events';
import type { EventMessage } from '../wire/index.ts';
import { type EventFeed, eventBefore } from './event-feed.ts';
import { groupMessages, TaskMessage, type TaskMessages } from './task-message.ts';

/**
 * One client's way through one task: what is stored, then what happens, without gap or repeat.
 *
 * 1. A follower is `reading` (from the store, behind `sent`) or `live` (from the feed).
 * 2. It listens to the feed before it reads, and goes live only in the very step in which it has
 *    sent everything that the feed has handed out. So nothing falls between.
 * 3. What it has sent is never sent again: messages up to `sent` are dropped.
 * 4. A client whose backlog passes `highWaterBytes` gets nothing more until it has drained; then it
 *    reads on from the store. Its memory here is bounded by the limit and one page.
 * 5. It is dropped as `lagging` only when it has not drained within `lagLimitMs`.
 */
export interface Follower {
  readonly taskId: string;
  /** The newest sequence given to the client. */
  readonly sent: number;
  readonly live: boolean;
  /** The task's newest event up to `sent`. */
  readonly last: Pick<Event, 'version' | 'sequence'> | undefined;
  /** Hands over a message at once, ahead of the feed, unless the client has it or is not ready. */
  push(messages: TaskMessages): void;
  close(): void;
}

/** Where a follower writes to. */
export interface FollowerSink {
  send(messages: TaskMessages): void;
  /** `caught_up` or `waiting`. */
  say(message: EventMessage): void;
  /** Bytes that wait for the client to read. */
  backlog(): number;
  /** Resolves when the backlog is gone, or the client is. */
  drained(signal: AbortSignal): Promise<void>;
  end(reason: EndReason): void;
}

export type EndReason = 'unknown-task' | 'lagging' | 'failed';

/** How patient the server is with slow readers. */
export interface LagLimits {
  /** What a client may have waiting before it is paused. @default 1 MiB */
  readonly highWaterBytes?: number;
  /** How long it may stay paused. @default 30 000 */
  readonly lagLimitMs?: number;
}

export interface FollowerOptions extends LagLimits {
  readonly store: EventStore<Event, NewEvent>;
  readonly feed: EventFeed;
  /** True as long as the task has only been created. */
  readonly isWaiting: (taskId: string) => Promise<boolean>;
  readonly taskId: string;
  /** The last sequence that the client has. @default 0 */
  readonly after?: number;
  readonly now?: () => number;
  readonly onLag?: () => void;
  readonly onError?: (error: unknown) => void;
}

const pageSize = 256;

export function createFollower(sink: FollowerSink, options: FollowerOptions): Follower {
  const { store, feed, taskId, now = Date.now, onError = () => {} } = options;
  const { highWaterBytes = 1_048_576, lagLimitMs = 30_000 } = options;
  const closing = new AbortController();
  let sent = Math.max(0, options.after ?? 0);
  /** The task's newest event up to `sent`. */
  let last: Event | undefined;
  let live = false;
  let closed = false;

  const stop = feed.follow(taskId, push);

  function push(messages: TaskMessages): void {
    if (!live || closed || messages.lastSequence <= sent) return;
    const fresh = messages.firstSequence > sent ? messages : unsent(messages);
    if (fresh === undefined) return;
    if (fresh.first.previous !== (last === undefined ? null : last.sequence)) {
      follow();
      return;
    }
    deliver(fresh);
    if (sink.backlog() > highWaterBytes) {
      options.onLag?.();
      follow();
    }
  }

  function unsent(messages: TaskMessages): TaskMessages | undefined {
    return groupMessages(messages.messages.filter(({ event }) => event.sequence > sent));
  }

  function deliver(messages: TaskMessages): void {
    try {
      sink.send(messages);
    } catch (error) {
      onError(error);
      end('failed');
      return;
    }
    last = messages.last.event;
    sent = messages.lastSequence;
  }

  function follow(): void {
    live = false;
    catchUp().catch((error: unknown) => {
      if (closed) return;
      onError(error);
      end('failed');
    });
  }

  async function start(): Promise<void> {
    await feed.ready;
    const head = await store.taskHead(taskId);
    if (head === undefined) {
      end('unknown-task');
      return;
    }
    if (sent > head.sequence) sent = Math.min(sent, (await store.head()).sequence);
    last = await eventBefore(store, taskId, sent + 1);
    await catchUp();
    if (!closed) await sayWhereWeAre();
  }

  async function catchUp(): Promise<void> {
    while (!closed) {
      if (!(await withinBacklog())) return;
      const { page, isLast } = await readPage();
      if (closed) return;
      if (page) deliver(page);
      // Invariant 2: no await between this comparison and going live.
      if (isLast && feed.dispatched(taskId) <= sent) {
        live = true;
        return;
      }
    }
  }

  /** What is stored next: so many events, or as many as a client may have waiting and one more. */
  async function readPage() {
    const messages: TaskMessage[] = [];
    let bytes = 0;
    let previous = last?.sequence ?? null;
    const { signal } = closing;
    const query = { taskId, afterSequence: sent, limit: pageSize, signal };
    for await (const event of store.read(query)) {
      const message = new TaskMessage(event, previous);
      messages.push(message);
      previous = event.sequence;
      bytes += message.text.length;
      if (bytes > highWaterBytes) break;
    }
    const isLast = messages.length < pageSize && bytes <= highWaterBytes;
    return { page: groupMessages(messages), isLast };
  }

  /** Waits until the client has drained; false: it is gone or was dropped. */
  async function withinBacklog(): Promise<boolean> {
    if (sink.backlog() <= highWaterBytes) return !closed;
    const timer = setTimeout(() => end('lagging'), lagLimitMs);
    try {
      await sink.drained(closing.signal);
    } finally {
      clearTimeout(timer);
    }
    return !closed;
  }

  async function sayWhereWeAre(): Promise<void> {
    sink.say(notice('caught_up'));
    const saidAt = sent;
    const waiting = await options.isWaiting(taskId);
    if (waiting && !closed && sent === saidAt) sink.say(notice('waiting'));
  }

  function notice(type: 'caught_up' | 'waiting'): EventMessage {
    return {
      type,
      task_id: taskId,
      version: last?.version ?? 0,
      sequence: sent,
      previous: last?.sequence ?? null,
      code_version: last?.codeVersion ?? 0,
      event_type: null,
      timestamp: new Date(now()).toISOString(),
      data: {},
    };
  }

  function end(reason: EndReason): void {
    if (closed) return;
    close();
    sink.end(reason);
  }

  function close(): void {
    closed = true;
    live = false;
    stop();
    closing.abort();
  }

  start().catch((error: unknown) => {
    if (closed) return;
    onError(error);
    end('failed');
  });

  return {
    taskId,
    get sent() {
      return sent;
    },
    get live() {
      return live;
    },
    get last() {
      return last;
    },
    push,
    close,
  };
}
