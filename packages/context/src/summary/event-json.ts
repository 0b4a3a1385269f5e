import type { Event } from '@org/events';

/** An event as JSON without the records of model calls: our own prompts are no part of the history. */
export function eventJson(event: Event): string {
  return JSON.stringify(event, (name, value: unknown) => (name === 'calls' ? undefined : value));
}
