import type { AnyEvent } from '../event.ts';
import type { EventOutline } from '../event-outline.ts';
import type { VectorClock } from '../vector-clock.ts';
import type { Checkpoint, LogHead } from './event-store.ts';

/** An event on its way into the log. */
export interface LogRecord {
  readonly event: AnyEvent;
  /** The beginning of the event's JSON: `{"sequence":…,"version":…,"vectorClock":…,`. */
  readonly place: string;
  /** The rest of it. */
  readonly body: string;
  /** The stream's clock after the event, where it is not the event's own. */
  readonly streamClock: VectorClock | null;
}

/** Where a stream stands. */
export interface StreamHead {
  readonly version: number;
  readonly sequence: number;
  readonly vectorClock: VectorClock;
}

/** `forward`: oldest first. */
export type Direction = 'forward' | 'backward';

/** Which events an index is asked for. */
export interface IndexQuery {
  readonly kind: 'task' | 'type';
  readonly key: string;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly until: number;
  readonly direction: Direction;
  /** At most so many; fewer only where there are no more. */
  readonly limit: number;
}

/** What is stored together: all or nothing. */
export interface LogBatch {
  readonly records: readonly LogRecord[];
  readonly checkpoints: readonly Checkpoint[];
}

/** What reading needs of a log: its events, whole or in outline. */
export interface EventSource<E extends EventOutline> {
  /** Sequence of the newest durable event; 0: empty. */
  lastSequence(): number;
  /**
   * Of the events `from` … `to`, both inclusive and stored, the first, or with `backward` the last: as many as
   * fit well into memory, at least one. Rising by sequence either way.
   */
  readRange(from: number, to: number, direction: Direction): Promise<readonly E[]>;
  /**
   * The events of these sequences, in this order, or the first of them: as many as fit well into memory, at least one.
   *
   * @param taskId of all of them, where it is known: the storage may be quicker then. The index goes by hashes, so
   *   there may be other tasks' events among them.
   */
  readMany(sequences: readonly number[], taskId?: string): Promise<readonly E[]>;
  /** Rising for `forward`, falling for `backward`. */
  findSequences(query: IndexQuery): Promise<readonly number[]>;
}

/**
 * A storage for events in their final order: all that differs between backends.
 *
 * The store above it stages batches in order, each with the sequences that follow the one before, and
 * flushes them: one flush at a time, while the next batches are staged.
 */
export interface EventLog extends EventSource<AnyEvent> {
  /** Makes a batch ready to be written: the work that needs no disk. */
  stage(batch: LogBatch): void;
  /** Stores and makes durable what is staged; the head moves when the promise resolves. */
  flush(): Promise<void>;
  head(): LogHead;
  /** As `readRange`, in outline. */
  readOutlines(from: number, to: number, direction: Direction): Promise<readonly EventOutline[]>;
  /** The sequences of these event ids; undefined where there is no such event. */
  findEvents(eventIds: readonly string[]): Promise<readonly (number | undefined)[]>;
  findStreams(taskIds: readonly string[]): Promise<readonly (StreamHead | undefined)[]>;
  readCheckpoint(name: string): Promise<Checkpoint | undefined>;
  /** After a failed flush: drops what is staged, opens the storage anew and verifies its head. Rejects while that does not work. */
  recover(): Promise<void>;
  close(): Promise<void>;
}
