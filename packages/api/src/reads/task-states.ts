import {
  type Event,
  type EventStore,
  type NewEvent,
  StateProjection,
  type TaskState,
} from '@org/events';

/**
 * The states of tasks, folded from the store and kept up to date on demand.
 *
 * Every answer is as new as the store: the task's head is asked first, and only the events behind
 * the kept state are read. At most `size` states are kept, the least recently asked for goes first.
 */
export interface TaskStates {
  /** The task as of now; undefined: the store has no such task. */
  get(taskId: string): Promise<TaskState | undefined>;
  /** The task as of a moment, inclusive; undefined: it was not there yet. */
  getUntil(taskId: string, until: number | string): Promise<TaskState | undefined>;
  /** States kept at the moment. */
  readonly size: number;
}

export interface TaskStatesOptions {
  readonly store: EventStore<Event, NewEvent>;
  /** @default 256 */
  readonly size?: number;
}

export function createTaskStates({ store, size = 256 }: TaskStatesOptions): TaskStates {
  const kept = new Map<string, TaskState>();
  const folding = new Map<string, Promise<TaskState | undefined>>();

  async function bringUpToDate(taskId: string): Promise<TaskState | undefined> {
    const head = await store.taskHead(taskId);
    if (head === undefined) return undefined;
    let state = kept.get(taskId) ?? StateProjection.initialState;
    if (state.sequence < head.sequence) {
      for await (const event of store.read({ taskId, afterSequence: state.sequence })) {
        state = StateProjection.evolve(state, event);
      }
    }
    keep(taskId, state);
    return state;
  }

  function keep(taskId: string, state: TaskState): void {
    kept.delete(taskId);
    kept.set(taskId, state);
    for (const oldest of kept.keys()) {
      if (kept.size <= size) break;
      kept.delete(oldest);
    }
  }

  return {
    get(taskId) {
      // Folds of one task run one after another, so that none starts from a half-told state; a
      // caller never joins a fold that began before it asked.
      const before = folding.get(taskId);
      const fold = before
        ? before.then(
            () => bringUpToDate(taskId),
            () => bringUpToDate(taskId),
          )
        : bringUpToDate(taskId);
      folding.set(taskId, fold);
      const forget = () => {
        if (folding.get(taskId) === fold) folding.delete(taskId);
      };
      fold.then(forget, forget);
      return fold;
    },
    async getUntil(taskId, until) {
      let state: TaskState | undefined;
      for await (const event of store.read({ taskId, until })) {
        state = StateProjection.evolve(state ?? StateProjection.initialState, event);
      }
      return state;
    },
    get size() {
      return kept.size;
    },
  };
}
