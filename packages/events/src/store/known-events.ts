import type { AnyEvent } from '../event.ts';

/** Events that requests name by id: stored ones that were read, and planned ones that are not durable yet. */
export interface KnownEvents {
  get(eventId: string): AnyEvent | undefined;
  has(eventId: string): boolean;
  set(eventId: string, event: AnyEvent): void;
  /** All so far are being flushed. */
  flushing(): void;
  /** Those are durable: the log finds them from now on. */
  flushed(): void;
  /** Forgets the durable ones. Only before the log is asked: else one could be missed by both. */
  dropDurable(): void;
  clear(): void;
}

export function createKnownEvents(): KnownEvents {
  let planned = new Map<string, AnyEvent>();
  let flushing = new Map<string, AnyEvent>();
  let durable = false;
  const get = (eventId: string) => planned.get(eventId) ?? flushing.get(eventId);
  return {
    get,
    has: (eventId) => get(eventId) !== undefined,
    set: (eventId, event) => {
      planned.set(eventId, event);
    },
    flushing() {
      // What was flushed before and not dropped yet stays: forgetting late does no harm.
      for (const [eventId, event] of planned) flushing.set(eventId, event);
      planned = new Map();
      durable = false;
    },
    flushed() {
      durable = true;
    },
    dropDurable() {
      if (!durable) return;
      flushing = new Map();
      durable = false;
    },
    clear() {
      planned = new Map();
      flushing = new Map();
      durable = false;
    },
  };
}
