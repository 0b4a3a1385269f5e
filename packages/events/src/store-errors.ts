import { EventsError } from './events-error.ts';
import type { NewerFormatError } from './newer-format-error.ts';

/** The errors of events as such and of stores, by code. */
export interface StoreErrors {
  readonly INVALID_EVENT: InvalidEventError;
  readonly EVENT_TOO_LARGE: EventTooLargeError;
  readonly INVALID_ARGUMENT: InvalidArgumentError;
  readonly VERSION_CONFLICT: VersionConflictError;
  readonly EVENT_ID_CONFLICT: EventIdConflictError;
  readonly UNKNOWN_CAUSE: UnknownCauseError;
  readonly CLOCK_REGRESSION: ClockRegressionError;
  readonly CHECKPOINT_CONFLICT: CheckpointConflictError;
  readonly QUEUE_FULL: QueueFullError;
  readonly STORE_UNAVAILABLE: StoreUnavailableError;
  readonly STORE_CLOSED: StoreClosedError;
  readonly STORE_LOCKED: StoreLockedError;
  readonly STORE_PATH: StorePathError;
  readonly INTEGRITY: IntegrityError;
  readonly NEWER_FORMAT: NewerFormatError;
}

/** A field of an event breaks its rule; `path` says where (`data.modules[2].fn`). Fix the event. */
export class InvalidEventError extends EventsError {
  readonly code = 'INVALID_EVENT';
  /** `taskId`, `timestamp`, `data.modules[2].fn` … */
  readonly path: string;

  constructor(data: { readonly path: string; readonly reason: string }) {
    super(`${data.path} ${data.reason}`);
    this.path = data.path;
  }
}

/** `data` is larger than the store takes. Send less, or raise `maxDataBytes`. */
export class EventTooLargeError extends EventsError {
  readonly code = 'EVENT_TOO_LARGE';
  /** Bytes of `data` as JSON (UTF-8). */
  readonly size: number;
  readonly limit: number;

  constructor(data: { readonly size: number; readonly limit: number }) {
    super(`data has ${data.size} bytes as JSON; the limit is ${data.limit}`);
    this.size = data.size;
    this.limit = data.limit;
  }
}

/** An option or argument of a call is malformed. Fix the call. */
export class InvalidArgumentError extends EventsError {
  readonly code = 'INVALID_ARGUMENT';
  readonly argument: string;

  constructor(data: { readonly argument: string; readonly reason: string }) {
    super(`${data.argument} ${data.reason}`);
    this.argument = data.argument;
  }
}

/** The stream is not where the caller believed. Read what is new, decide again, append again. */
export class VersionConflictError extends EventsError {
  readonly code = 'VERSION_CONFLICT';
  readonly taskId: string;
  readonly expected: number | 'no-stream' | 'stream-exists' | 'any';
  /** The stream's version; 0: there is no such stream. */
  readonly actual: number;

  constructor(data: {
    readonly taskId: string;
    readonly expected: number | 'no-stream' | 'stream-exists' | 'any';
    readonly actual: number;
  }) {
    super(
      `Task ${JSON.stringify(data.taskId)} was expected at ${data.expected} but is at version ${data.actual}`,
    );
    this.taskId = data.taskId;
    this.expected = data.expected;
    this.actual = data.actual;
  }
}

/** An event id is taken. Give new events new ids, and retry an append with all of its own ids or none. */
export class EventIdConflictError extends EventsError {
  readonly code = 'EVENT_ID_CONFLICT';
  readonly eventId: string;
  /** `other-content`: stored with other content; `partly-stored`: a part of the batch is stored; `repeated`: twice in the batch. */
  readonly reason: 'other-content' | 'partly-stored' | 'repeated';

  constructor(data: {
    readonly eventId: string;
    readonly reason: 'other-content' | 'partly-stored' | 'repeated';
  }) {
    super(`Event id ${data.eventId} ${idConflicts[data.reason]}`);
    this.eventId = data.eventId;
    this.reason = data.reason;
  }
}

const idConflicts = {
  'other-content': 'is stored already, with other content',
  'partly-stored': 'is stored already, but other events of the same append are not',
  repeated: 'occurs twice in one append',
};

/** `causedBy` names an event that is not stored. Append the cause first. */
export class UnknownCauseError extends EventsError {
  readonly code = 'UNKNOWN_CAUSE';
  readonly eventId: string;

  constructor(data: { readonly eventId: string }) {
    super(`causedBy names event ${data.eventId}, which is not stored`);
    this.eventId = data.eventId;
  }
}

/** An explicit clock goes backwards for its own process: two sources use one process id. Rename one. */
export class ClockRegressionError extends EventsError {
  readonly code = 'CLOCK_REGRESSION';
  readonly taskId: string;
  readonly process: string;
  readonly given: number;
  /** What the stream knows of the process already. */
  readonly known: number;

  constructor(data: {
    readonly taskId: string;
    readonly process: string;
    readonly given: number;
    readonly known: number;
  }) {
    super(
      `The clock given for process ${JSON.stringify(data.process)} says ${data.given}, but task ${JSON.stringify(data.taskId)} has seen ${data.known} of it: is the process id used twice?`,
    );
    this.taskId = data.taskId;
    this.process = data.process;
    this.given = data.given;
    this.known = data.known;
  }
}

/** A checkpoint would move backwards or past the log's head. Read it again. */
export class CheckpointConflictError extends EventsError {
  readonly code = 'CHECKPOINT_CONFLICT';
  readonly checkpoint: string;
  readonly given: number;
  /** Where it may not go below, or above. */
  readonly bound: number;

  constructor(data: {
    readonly checkpoint: string;
    readonly given: number;
    readonly bound: number;
  }) {
    super(
      data.given < data.bound
        ? `Checkpoint ${JSON.stringify(data.checkpoint)} is at ${data.bound} and cannot move back to ${data.given}`
        : `Checkpoint ${JSON.stringify(data.checkpoint)} cannot be at ${data.given}: the log ends at ${data.bound}`,
    );
    this.checkpoint = data.checkpoint;
    this.given = data.given;
    this.bound = data.bound;
  }
}

/** More appends wait than the store takes. Wait for some of yours, then retry. */
export class QueueFullError extends EventsError {
  readonly code = 'QUEUE_FULL';
  readonly queued: { readonly events: number; readonly bytes: number };
  readonly limits: { readonly events: number; readonly bytes: number };

  constructor(data: {
    readonly queued: { readonly events: number; readonly bytes: number };
    readonly limits: { readonly events: number; readonly bytes: number };
  }) {
    super(
      `${data.queued.events} events (${data.queued.bytes} bytes) wait to be written; the limits are ${data.limits.events} and ${data.limits.bytes}`,
      { transient: true },
    );
    this.queued = data.queued;
    this.limits = data.limits;
  }
}

/**
 * A write failed (disk full, I/O error …; see `cause`); nothing is accepted until the store has been
 * reopened and its head verified. Whether this append was written is not known: retry with the same event ids.
 */
export class StoreUnavailableError extends EventsError {
  readonly code = 'STORE_UNAVAILABLE';

  constructor(data: { readonly reason: string; readonly cause: unknown }) {
    super(data.reason, { transient: true, cause: data.cause });
  }
}

/** The store is closed. Open it again. */
export class StoreClosedError extends EventsError {
  readonly code = 'STORE_CLOSED';

  constructor() {
    super('The event store is closed');
  }
}

/** Someone else has the store open. The message names who, and what to do. */
export class StoreLockedError extends EventsError {
  readonly code = 'STORE_LOCKED';
  readonly path: string;
  /** Null when the owner could not be told. */
  readonly owner: { readonly pid: number; readonly address: string | null } | null;

  constructor(data: {
    readonly path: string;
    readonly owner: { readonly pid: number; readonly address: string | null } | null;
    readonly advice: string;
    readonly cause?: unknown;
  }) {
    super(`${data.path} is in use: ${data.advice}`, data);
    this.path = data.path;
    this.owner = data.owner;
  }
}

/** The store's folder cannot be used (no permission, a file, no such folder …; see `cause`). Fix the path. */
export class StorePathError extends EventsError {
  readonly code = 'STORE_PATH';
  readonly path: string;

  constructor(data: { readonly path: string; readonly reason: string; readonly cause?: unknown }) {
    super(`${data.path}: ${data.reason}`, data);
    this.path = data.path;
  }
}

/** What is stored is damaged. Stop, keep the folder, and run `repair` on a copy or restore a backup. */
export class IntegrityError extends EventsError {
  readonly code = 'INTEGRITY';
  /** The first event that is missing or damaged; 0: none in particular. */
  readonly sequence: number;

  constructor(data: {
    readonly sequence: number;
    readonly reason: string;
    readonly cause?: unknown;
  }) {
    super(data.sequence === 0 ? data.reason : `Event ${data.sequence}: ${data.reason}`, data);
    this.sequence = data.sequence;
  }
}
