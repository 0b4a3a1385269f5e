/** On every error of this package, whichever copy of it made it. */
export const eventsErrorMarker = Symbol.for('@org/events/EventsError');

interface EventsErrorOptions {
  /** Asking the same again, later, can help. */
  readonly transient?: boolean;
  readonly cause?: unknown;
}

/** What all errors of this package share. */
export abstract class EventsError extends Error {
  /** One of `EventsErrorCode`. */
  abstract readonly code: string;
  /** True when asking the same again, later, can help. */
  readonly transient: boolean;
  readonly [eventsErrorMarker] = true;

  constructor(message: string, options: EventsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.transient = options.transient ?? false;
  }
}

/** Marked as one of ours, by whichever copy of the package. */
export function isMarked(error: unknown): error is EventsError {
  return error instanceof Error && eventsErrorMarker in error;
}
