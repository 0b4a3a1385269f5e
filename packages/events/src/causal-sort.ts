import type { AnyEvent } from './event.ts';
import { VectorClock } from './vector-clock.ts';

/**
 * Orders events so that each comes after what caused it and after what happens before it: a linear
 * extension of causality, the same for every order they are given in.
 *
 * `causationId` orders across tasks, vector clocks within one task. Concurrent events come by clock
 * sum, then `sequence`, then `eventId`; timestamps never decide. Where causation goes round or
 * contradicts the clocks, the clocks decide. O(n log n) while causation and clocks agree; in the
 * worst case O(n²).
 */
export function causalSort<E extends AnyEvent>(events: Iterable<E>): readonly E[] {
  const candidates = [...events].map(weighed).sort(byWeight);
  const unplacedIds = new Map<string, number>();
  for (const { event } of candidates) count(unplacedIds, event.eventId, 1);
  const placed: E[] = [];
  let waiting: Weighed<E>[] = [];

  const place = ({ event }: Weighed<E>): void => {
    placed.push(event);
    count(unplacedIds, event.eventId, -1);
  };
  const mustWait = (candidate: Weighed<E>, earlier: readonly Weighed<E>[]): boolean =>
    isCausedByOneOf(candidate, unplacedIds) || earlier.some((one) => precedes(one, candidate));

  /** Places what waits for nothing any more, until nothing moves. */
  const release = (): void => {
    for (let moved = true; moved; ) {
      moved = false;
      const still: Weighed<E>[] = [];
      for (const candidate of waiting) {
        if (mustWait(candidate, still)) still.push(candidate);
        else {
          place(candidate);
          moved = true;
        }
      }
      waiting = still;
    }
  };

  for (const candidate of candidates) {
    if (mustWait(candidate, waiting)) {
      waiting.push(candidate);
      continue;
    }
    place(candidate);
    if (waiting.length > 0) release();
  }
  while (waiting.length > 0) {
    const chosen = breakingTheCircle(waiting);
    place(chosen);
    waiting = waiting.filter((candidate) => candidate !== chosen);
    release();
  }
  return placed;
}

/**
 * When each waits for another, following what each waits for ends in a circle. What happens before
 * another weighs less, so the lightest of the circle waits for its cause only: that cause is given up.
 */
function breakingTheCircle<E extends AnyEvent>(waiting: readonly Weighed<E>[]): Weighed<E> {
  const passed: Weighed<E>[] = [];
  let current = waiting[0];
  while (current !== undefined && !passed.includes(current)) {
    passed.push(current);
    current = waitedFor(current, waiting);
  }
  const circle = passed.slice(current === undefined ? 0 : passed.indexOf(current));
  const [lightest] = circle.sort(byWeight);
  if (lightest === undefined) throw new Error('Nothing is waiting');
  return lightest;
}

function waitedFor<E extends AnyEvent>(
  candidate: Weighed<E>,
  waiting: readonly Weighed<E>[],
): Weighed<E> | undefined {
  return (
    waiting.find((one) => precedes(one, candidate)) ??
    waiting.find(({ event }) => event.eventId === candidate.event.causationId)
  );
}

interface Weighed<E> {
  readonly event: E;
  /** Events known to its clock. What happens before it has strictly fewer. */
  readonly known: number;
}

function weighed<E extends AnyEvent>(event: E): Weighed<E> {
  const known = Object.values(event.vectorClock).reduce((sum, count) => sum + count, 0);
  return { event, known };
}

function byWeight(a: Weighed<AnyEvent>, b: Weighed<AnyEvent>): number {
  return (
    a.known - b.known ||
    position(a.event) - position(b.event) ||
    (a.event.eventId < b.event.eventId ? -1 : a.event.eventId > b.event.eventId ? 1 : 0)
  );
}

/** Not appended yet: after all that are. */
function position(event: AnyEvent): number {
  return event.sequence > 0 ? event.sequence : Number.MAX_SAFE_INTEGER;
}

function isCausedByOneOf(
  { event }: Weighed<AnyEvent>,
  unplacedIds: ReadonlyMap<string, number>,
): boolean {
  const cause = event.causationId;
  return cause !== null && cause !== event.eventId && (unplacedIds.get(cause) ?? 0) > 0;
}

function precedes(a: Weighed<AnyEvent>, b: Weighed<AnyEvent>): boolean {
  return (
    a.event.taskId === b.event.taskId &&
    VectorClock.happensBefore(a.event.vectorClock, b.event.vectorClock)
  );
}

function count(counts: Map<string, number>, key: string, change: number): void {
  counts.set(key, (counts.get(key) ?? 0) + change);
}
