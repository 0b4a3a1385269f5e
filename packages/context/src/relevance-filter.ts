import type { Event } from '@org/events';
import { InvalidContextRequestError } from './errors/request-errors.ts';

export interface RelevanceFilterOptions {
  /** The newest so many of the relevant events. @default 50 */
  readonly limit?: number | undefined;
}

/** Picks the events that matter for the one at hand. */
export class RelevanceFilter {
  readonly limit: number;

  constructor(options: RelevanceFilterOptions = {}) {
    const { limit = 50 } = options;
    if (!Number.isSafeInteger(limit) || limit < 0)
      throw new InvalidContextRequestError(`limit must be a whole number from 0 on, not ${limit}`);
    this.limit = limit;
  }

  /**
   * The newest relevant events, in sequence order, without the current one.
   *
   * Relevant: of the same task, and either of the same module and code version, or on the chain of
   * causes that led to the current event. A gap in the chain ends it.
   */
  filter(events: readonly Event[], currentEvent: Event): Event[] {
    const ofTask = events.filter(({ taskId }) => taskId === currentEvent.taskId);
    const causes = causesOf(ofTask, currentEvent);
    const module = moduleOf(currentEvent);
    const relevant = ofTask.filter(
      (event) =>
        event.eventId !== currentEvent.eventId &&
        (causes.has(event.eventId) ||
          (event.codeVersion === currentEvent.codeVersion && moduleOf(event) === module)),
    );
    relevant.sort((a, b) => a.sequence - b.sequence);
    return this.limit === 0 ? [] : relevant.slice(-this.limit);
  }
}

/** The module an event speaks of; null when it speaks of the whole task. */
export function moduleOf(event: Event): string | null {
  const data: unknown = event.data;
  if (typeof data !== 'object' || data === null || !('module' in data)) return null;
  return typeof data.module === 'string' ? data.module : null;
}

function causesOf(events: readonly Event[], currentEvent: Event): ReadonlySet<string> {
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const causes = new Set<string>();
  let next = currentEvent.causationId;
  while (next !== null && !causes.has(next)) {
    causes.add(next);
    next = byId.get(next)?.causationId ?? null;
  }
  return causes;
}
