import type { VectorClock } from './vector-clock.ts';

/** JSON as an event carries it: plain objects, arrays, strings, finite numbers, booleans and null. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What every event says about itself, whatever its type. */
export interface EventEnvelope {
  /** UUID; version 7 (time ordered) unless the caller brings one. */
  readonly eventId: string;
  /** The stream's id: 1–256 characters, NFC, no blank at either end. */
  readonly taskId: string;
  /** ISO 8601, UTC, milliseconds: `2026-11-23T10:00:00.000Z`. */
  readonly timestamp: string;
  /** Position in the whole log: 1, 2, 3 … without a gap. `0`: not appended yet. */
  readonly sequence: number;
  /** Position in its task: 1, 2, 3 … without a gap. `0`: not appended yet. */
  readonly version: number;
  /** The snapshot of the task's source files that the event speaks of; `0`: no code yet. */
  readonly codeVersion: number;
  /** SHA-256 (hex) of that snapshot: over its sorted (path, file hash) list. */
  readonly codeHash: string | null;
  /** Causal position in the task's stream. */
  readonly vectorClock: VectorClock;
  /** The event that caused this one; `null` for a root. */
  readonly causationId: string | null;
  /** What groups a conversation of events. */
  readonly correlationId: string | null;
  /** Version of the shape of `data`, for upcasting; ≥ 1. */
  readonly schemaVersion: number;
}

/** An immutable fact of one type with its typed payload. */
export type EventRecord<Type extends string = string, Data = unknown> = EventEnvelope & {
  readonly eventType: Type;
  readonly data: Data;
};

/** Any event, when the catalogue is not known. */
export type AnyEvent = EventRecord<string, unknown>;

/** What a caller gives to `append`: the type, its payload, and whatever of the envelope it knows. */
export type NewEventRecord<Type extends string = string, Data = unknown> = {
  readonly eventType: Type;
  readonly data: Data;
} & Partial<Omit<EventEnvelope, 'taskId' | 'sequence' | 'version'>>;
