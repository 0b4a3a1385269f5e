import { EventsError, eventsErrorMarker, isMarked } from './events-error.ts';
import type { StoreErrors } from './store-errors.ts';

/** Every way in which this package refuses or fails. Stable: safe to store and to compare. */
export type EventsErrorCode = keyof EventsErrors;

/** The class behind each code. */
export interface EventsErrors extends StoreErrors {
  readonly INVALID_VECTOR_CLOCK: InvalidVectorClockError;
  readonly VECTOR_CLOCK_OVERFLOW: VectorClockOverflowError;
  readonly DUPLICATE_SEQUENCE: DuplicateSequenceError;
  readonly UNKNOWN_EVENT_TYPE: UnknownEventTypeError;
  readonly INVALID_PAYLOAD: InvalidPayloadError;
  readonly INVALID_CATALOG: InvalidCatalogError;
}

/**
 * Tells whether a caught value is an error of this package, and of this code if one is given.
 *
 * Works across copies of the package (ESM and CJS), where `instanceof` does not.
 */
export function isEventsError(error: unknown): error is EventsErrors[EventsErrorCode];
export function isEventsError<C extends EventsErrorCode>(
  error: unknown,
  code: C,
): error is EventsErrors[C];
export function isEventsError(error: unknown, code?: EventsErrorCode): boolean {
  return isMarked(error) && (code === undefined || error.code === code);
}

/** A clock has an entry that is no integer from 0 to `Number.MAX_SAFE_INTEGER`, or is no clock. Fix it. */
export class InvalidVectorClockError extends EventsError {
  readonly code = 'INVALID_VECTOR_CLOCK';
  /** Whose entry is wrong; null when the whole value is no plain object. */
  readonly process: string | null;
  readonly value: unknown;

  constructor(data: { readonly process: string | null; readonly value: unknown }) {
    super(
      data.process === null
        ? `A vector clock is a plain object of integers, not ${describe(data.value)}`
        : `The vector clock's entry for ${JSON.stringify(data.process)} is ${describe(data.value)}; it must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`,
    );
    this.process = data.process;
    this.value = data.value;
  }
}

/** A process has counted to the end of the safe integers. Give it a new name. A `RangeError`. */
export class VectorClockOverflowError extends RangeError {
  readonly code = 'VECTOR_CLOCK_OVERFLOW';
  readonly transient = false;
  readonly process: string;
  readonly [eventsErrorMarker] = true;

  constructor(data: { readonly process: string }) {
    super(
      `The vector clock's entry for ${JSON.stringify(data.process)} is ${Number.MAX_SAFE_INTEGER} and cannot tick; use another process id`,
    );
    this.name = new.target.name;
    this.process = data.process;
  }
}

/** Two events of one fold carry the same sequence, or one comes again. Fix: they are of different logs, or a copy. */
export class DuplicateSequenceError extends EventsError {
  readonly code = 'DUPLICATE_SEQUENCE';
  readonly sequence: number;
  /** The newest sequence folded before. */
  readonly lastSequence: number;

  constructor(data: { readonly sequence: number; readonly lastSequence: number }) {
    super(
      data.sequence === data.lastSequence
        ? `Sequence ${data.sequence} occurs twice`
        : `Sequence ${data.sequence} comes after ${data.lastSequence}: it was folded before, or out of order`,
    );
    this.sequence = data.sequence;
    this.lastSequence = data.lastSequence;
  }
}

/** The catalogue has no such event type. Fix the name, or add the type to the catalogue. */
export class UnknownEventTypeError extends EventsError {
  readonly code = 'UNKNOWN_EVENT_TYPE';
  readonly eventType: string;

  constructor(data: { readonly eventType: string; readonly known: Iterable<string> }) {
    super(
      `Unknown event type ${JSON.stringify(data.eventType)}; the catalogue has ${[...data.known].join(', ')}`,
    );
    this.eventType = data.eventType;
  }
}

/** One thing that is wrong with a payload. */
export interface PayloadIssue {
  /** Where: `data.modules[2].name`. */
  readonly path: string;
  readonly message: string;
}

/** An event's `data` does not fit its type's schema. Fix the payload. */
export class InvalidPayloadError extends EventsError {
  readonly code = 'INVALID_PAYLOAD';
  readonly eventType: string;
  readonly issues: readonly PayloadIssue[];

  constructor(data: {
    readonly eventType: string;
    readonly issues: readonly PayloadIssue[];
    readonly cause?: unknown;
  }) {
    super(
      `Invalid ${data.eventType}: ${data.issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
      data,
    );
    this.eventType = data.eventType;
    this.issues = data.issues;
  }
}

/** A catalogue contradicts itself, e.g. a schema version without the way up to it. Fix the definition. */
export class InvalidCatalogError extends EventsError {
  readonly code = 'INVALID_CATALOG';
  readonly eventType: string;

  constructor(data: { readonly eventType: string; readonly reason: string }) {
    super(`Event type ${JSON.stringify(data.eventType)}: ${data.reason}`);
    this.eventType = data.eventType;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
