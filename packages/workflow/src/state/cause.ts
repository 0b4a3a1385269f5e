import type { Event } from '@org/events';

/** The event that made something due. */
export interface Cause {
  readonly eventId: string;
  /** Its version within the task. */
  readonly version: number;
}

/** An event as the cause of what follows from it. */
export function causeOf(event: Event): Cause {
  return { eventId: event.eventId, version: event.version };
}
