import type { AnyEvent, NewEventRecord } from '../event.ts';
import type { VectorClock } from '../vector-clock.ts';

/** What the caller believes of the stream: its version, or whether it is there at all. */
export type ExpectedVersion = number | 'no-stream' | 'stream-exists' | 'any';

export interface AppendOptions {
  /** @default "any" */
  readonly expectedVersion?: ExpectedVersion;
  /** Whose clock entry ticks. @default "main" */
  readonly process?: string;
  /** Ids of stored events whose clocks this append has seen; the first is the default `causationId`. */
  readonly causedBy?: string | readonly string[];
  /** Gives up waiting for a place in the queue. What is already being written is not undone. */
  readonly signal?: AbortSignal;
}

export interface AppendResult<E extends AnyEvent = AnyEvent> {
  /** The events as stored, in the order given. */
  readonly events: readonly E[];
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** The stream's version after the append. */
  readonly version: number;
  /** Everything was stored before by an earlier call with the same event ids. */
  readonly deduplicated: boolean;
}

export interface AppendGroup<New> {
  readonly taskId: string;
  readonly events: readonly New[];
  readonly expectedVersion?: ExpectedVersion;
}

export interface ReadQuery {
  readonly taskId?: string;
  /** Only events after this sequence; negative counts as 0. @default 0 */
  readonly afterSequence?: number;
  /** Inclusive: a sequence, an ISO timestamp, or a bare date (the end of that day, UTC). */
  readonly until?: number | string;
  readonly eventTypes?: readonly string[];
  /** @default "forward" */
  readonly direction?: 'forward' | 'backward';
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export type SubscriptionMessage<E extends AnyEvent = AnyEvent> =
  | { readonly kind: 'event'; readonly event: E }
  /** All that was stored when asked has been given; from here on it is live. */
  | { readonly kind: 'caught-up'; readonly sequence: number };

export interface SubscribeOptions {
  readonly taskId?: string;
  readonly eventTypes?: readonly string[];
  /** A sequence to start behind; `"head"`: only what comes. @default 0 */
  readonly after?: number | 'head';
  /** Starts behind the named checkpoint (when stored); `after` counts where there is none. */
  readonly checkpoint?: string;
  readonly signal?: AbortSignal;
}

export interface LogHead {
  /** Sequence of the newest event; 0: empty. */
  readonly sequence: number;
  /** Hash chain over the whole log up to it (hex); empty string: empty log. */
  readonly hash: string;
}

export interface TaskHead {
  readonly taskId: string;
  readonly version: number;
  readonly sequence: number;
  readonly vectorClock: VectorClock;
}

/** A projection's state as of a sequence; written in one batch with it. */
export interface Checkpoint {
  readonly name: string;
  readonly sequence: number;
  /** JSON, or null when only the position is kept. */
  readonly state: unknown;
}

export interface StoreHealth {
  /** `degraded`: a write failed and the store is reopening; reads go on. */
  readonly status: 'ok' | 'degraded' | 'failed' | 'closed';
  readonly head: LogHead;
  /** Appends waiting, in count and bytes. */
  readonly queued: { readonly events: number; readonly bytes: number };
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** An append-only log of events, grouped by task. */
export interface EventStore<
  E extends AnyEvent = AnyEvent,
  New extends NewEventRecord = NewEventRecord,
> {
  /** Appends events to one stream: all or none, durable when the promise resolves. */
  append(
    taskId: string,
    events: New | readonly New[],
    options?: AppendOptions,
  ): Promise<AppendResult<E>>;
  /** Appends to several streams: all or none. */
  appendMany(
    groups: readonly AppendGroup<New>[],
    options?: Omit<AppendOptions, 'expectedVersion'>,
  ): Promise<AppendResult<E>>;
  read(query?: ReadQuery): AsyncIterable<E>;
  /** A stream's events, oldest first; unknown task: `[]`. */
  getEvents(taskId: string, options?: { readonly afterSequence?: number }): Promise<readonly E[]>;
  getEvent(eventId: string): Promise<E | undefined>;
  head(): Promise<LogHead>;
  taskHead(taskId: string): Promise<TaskHead | undefined>;
  subscribe(options?: SubscribeOptions): AsyncIterable<SubscriptionMessage<E>>;
  readCheckpoint(name: string): Promise<Checkpoint | undefined>;
  /** Stores a position, and with it a projection's state, in one batch. Never moves backwards. */
  writeCheckpoint(checkpoint: Checkpoint): Promise<void>;
  health(): StoreHealth;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
