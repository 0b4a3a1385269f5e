import { DuplicateSequenceError } from '../errors.ts';
import type { AnyEvent } from '../event.ts';
import { type Projection, rebuild } from '../projection.ts';
import { currentCode } from './current-code.ts';
import { evolve } from './evolve.ts';
import { initialTaskState, type TaskState } from './task-state.ts';

/** The coding task's projection: its events in, its state out. */
export const StateProjection = {
  initialState: initialTaskState,
  evolve,
  apply,
  rebuildState,
  currentCode,
} satisfies Projection<TaskState> & Record<string, unknown>;

/**
 * The state that these events tell, in order of `sequence`, whatever order they come in.
 *
 * @throws DuplicateSequenceError when a sequence occurs twice
 */
export function rebuildState(events: Iterable<AnyEvent>): TaskState {
  return rebuild({ initialState: initialTaskState, evolve }, events);
}

/**
 * Folds the next event of a live stream: as `evolve`, and refuses one that does not come after the last.
 *
 * @throws DuplicateSequenceError when the event was folded before, or is out of order
 */
export function apply(state: TaskState, event: AnyEvent): TaskState {
  if (event.sequence > 0 && event.sequence <= state.sequence) {
    throw new DuplicateSequenceError({ sequence: event.sequence, lastSequence: state.sequence });
  }
  return evolve(state, event);
}
