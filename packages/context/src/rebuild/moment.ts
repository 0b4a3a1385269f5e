import type { AnyEvent } from '@org/events';
import { InvalidContextRequestError } from '../errors/request-errors.ts';

/**
 * Whether an event had happened at a moment: a sequence, an ISO timestamp, or a bare date, which means the
 * end of that day in UTC. Inclusive; undefined: always.
 *
 * @throws InvalidContextRequestError when it is none of these
 */
export function isBefore(event: AnyEvent, until: number | string | undefined): boolean {
  if (until === undefined) return true;
  if (typeof until === 'number') {
    if (Number.isNaN(until)) throw new InvalidContextRequestError('until is not a number.');
    return event.sequence <= until;
  }
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(until) ? `${until}T23:59:59.999Z` : until);
  if (Number.isNaN(time))
    throw new InvalidContextRequestError(`until is a sequence or a date, not ${until}.`);
  return Date.parse(event.timestamp) <= time;
}
