import { InvalidArgumentError } from '../store-errors.ts';
import { parseTaskId } from '../task-id.ts';
import { isDay, parseTimestamp } from '../timestamp.ts';
import type { ReadQuery } from './event-store.ts';

/** A read query in one form, with every default filled in. */
export interface ParsedQuery {
  readonly taskId: string | null;
  readonly afterSequence: number;
  /** Inclusive; Infinity: no bound. */
  readonly untilSequence: number;
  /** Inclusive, canonical ISO text, which sorts by time; null: no bound. */
  readonly untilTime: string | null;
  readonly eventTypes: ReadonlySet<string> | null;
  readonly direction: 'forward' | 'backward';
  /** Infinity: no bound. */
  readonly limit: number;
}

/** @throws InvalidArgumentError, InvalidEventError for a malformed task id or timestamp */
export function parseQuery(query: ReadQuery): ParsedQuery {
  const { direction = 'forward', limit, eventTypes, until } = query;
  if (direction !== 'forward' && direction !== 'backward') {
    throw new InvalidArgumentError({
      argument: 'direction',
      reason: `must be "forward" or "backward", not ${JSON.stringify(direction)}`,
    });
  }
  return {
    taskId: query.taskId === undefined ? null : parseTaskId(query.taskId),
    afterSequence: parseAfterSequence(query.afterSequence),
    untilSequence: typeof until === 'number' ? count(until, 'until') : Number.POSITIVE_INFINITY,
    untilTime: typeof until === 'string' ? parseUntilTime(until) : null,
    eventTypes: eventTypes === undefined ? null : new Set(eventTypes),
    direction,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : count(limit, 'limit'),
  };
}

/** A sequence to start behind; negative counts as 0. */
export function parseAfterSequence(value: number | undefined): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new InvalidArgumentError({
      argument: 'afterSequence',
      reason: `must be a number, not ${String(value)}`,
    });
  }
  return Math.max(0, Math.floor(value));
}

function count(value: number, argument: string): number {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0)) {
    return value;
  }
  throw new InvalidArgumentError({ argument, reason: `must be an integer from 0, not ${value}` });
}

/** A bare date means the end of that day, UTC. */
function parseUntilTime(text: string): string {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!date) return parseTimestamp(text, 'until');
  if (!isDay(Number(date[1]), Number(date[2]), Number(date[3]))) {
    throw new InvalidArgumentError({ argument: 'until', reason: `names no day: ${text}` });
  }
  return `${text}T23:59:59.999Z`;
}
