import type { AnyEvent } from '../event.ts';
import type { VectorClock } from '../vector-clock.ts';
import type { Checkpoint, LogHead } from './event-store.ts';

/** An event on its way into the log. */
export interface LogRecord {
  readonly event: AnyEvent;
  /** The event's JSON: `{"sequence":…,"version":…,"vectorClock":…,` and then the fields that the caller gave. */
  readonly text: string;
  /** The stream's clock after the event, where it is not the event's own. */
  readonly streamClock: VectorClock | null;
}

/** Where a stream stands. */
export interface StreamHead {
  readonly version: number;
  readonly sequence: number;
  readonly vectorClock: VectorClock;
}

/** Which events an index is asked for. */
export interface IndexQuery {
  readonly kind: 'task' | 'type';
  readonly key: string;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly until: number;
  readonly direction: 'forward' | 'backward';
  /** At most so many; fewer only where there are no more. */
  readonly limit: number;
}

/** What is stored together: all or nothing. */
export interface LogBatch {
  readonly records: readonly LogRecord[];
  readonly checkpoints: readonly Checkpoint[];
}

/**
 * A storage for events in their final order: all that differs between backends.
 *
 * The store above it stages batches in order, each with the sequences that follow the one before, and
 * flushes them: one flush at a time, while the next batches are staged.
 */
export interface EventLog {
  /** Makes a batch ready to be written: the work that needs no disk. */
  stage(batch: LogBatch): void;
  /** Stores and makes durable what is staged; the head moves when the promise resolves. */
  flush(): Promise<void>;
  head(): LogHead;
  /** Sequence of the newest durable event; 0: empty. */
  lastSequence(): number;
  /** The events `from` … `to`, both inclusive and stored; at most as many as fit well into memory, at least one. */
  readRange(from: number, to: number): Promise<readonly AnyEvent[]>;
  /** The events of these sequences, in this order; at most as many as fit well into memory, at least one. */
  readMany(sequences: readonly number[]): Promise<readonly AnyEvent[]>;
  /** The sequences of these event ids; undefined where there is no such event. */
  findEvents(eventIds: readonly string[]): Promise<readonly (number | undefined)[]>;
  findStreams(taskIds: readonly string[]): Promise<readonly (StreamHead | undefined)[]>;
  /** Rising for `forward`, falling for `backward`. */
  findSequences(query: IndexQuery): Promise<readonly number[]>;
  readCheckpoint(name: string): Promise<Checkpoint | undefined>;
  /** After a failed flush: drops what is staged, opens the storage anew and verifies its head. Rejects while that does not work. */
  recover(): Promise<void>;
  close(): Promise<void>;
}
