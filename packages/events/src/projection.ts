import { DuplicateSequenceError } from './errors.ts';
import type { AnyEvent } from './event.ts';

/** State derived from events: where it starts, and what each event makes of it. `evolve` is pure. */
export interface Projection<State, E extends AnyEvent = AnyEvent> {
  readonly initialState: State;
  readonly evolve: (state: State, event: E) => State;
}

/**
 * Folds events in order of `sequence`, whatever order they come in.
 *
 * Events that are not appended yet (`sequence` 0) come last, in the order given.
 *
 * @throws DuplicateSequenceError when a sequence occurs twice
 */
export function rebuild<State, E extends AnyEvent>(
  projection: Projection<State, E>,
  events: Iterable<E>,
): State {
  let state = projection.initialState;
  for (const event of inSequence(events)) state = projection.evolve(state, event);
  return state;
}

function inSequence<E extends AnyEvent>(events: Iterable<E>): readonly E[] {
  const given = [...events];
  const appended = given.filter((event) => event.sequence > 0);
  if (!isAscending(appended)) appended.sort((a, b) => a.sequence - b.sequence);
  refuseRepeats(appended);
  if (appended.length === given.length) return appended;
  return [...appended, ...given.filter((event) => event.sequence <= 0)];
}

function isAscending(events: readonly AnyEvent[]): boolean {
  let last = 0;
  for (const { sequence } of events) {
    if (sequence < last) return false;
    last = sequence;
  }
  return true;
}

function refuseRepeats(events: readonly AnyEvent[]): void {
  let lastSequence = 0;
  for (const { sequence } of events) {
    if (sequence === lastSequence) throw new DuplicateSequenceError({ sequence, lastSequence });
    lastSequence = sequence;
  }
}
