import { isEventsError } from '../errors.ts';
import type { AnyEvent } from '../event.ts';
import type { Projection } from '../projection.ts';
import type { EventStore } from './event-store.ts';

export interface SnapshotOptions {
  /** Names the projection within the store. */
  readonly name: string;
  /** Of the reducers. A snapshot of another version is not used: raise it with every change of what they do. */
  readonly reducerVersion: number;
  /** A new snapshot is taken when so many events were folded anew. @default 100 */
  readonly every?: number;
}

/** States of a projection by task: what was folded once need not be folded again. */
export interface Snapshots<State> {
  /** The task's state as of its newest event; the initial state for an unknown task. */
  read(taskId: string): Promise<State>;
}

interface Snapshot<State> {
  readonly reducerVersion: number;
  /** The last event folded: the snapshot is of this log only if that event is in its place. */
  readonly eventId: string;
  readonly state: State;
}

/**
 * Keeps snapshots of a projection whose state is plain JSON.
 *
 * They are a verified cache, never a truth: one of other reducers, of another log (a restored backup),
 * or damaged, is passed over and the events are folded from the first.
 */
export function createSnapshots<State, E extends AnyEvent>(
  store: EventStore<E>,
  projection: Projection<State, E>,
  { name, reducerVersion, every = 100 }: SnapshotOptions,
): Snapshots<State> {
  async function load(taskId: string) {
    const checkpoint = await store.readCheckpoint(keyOf(name, taskId)).catch((error: unknown) => {
      if (isEventsError(error, 'INTEGRITY')) return undefined;
      throw error;
    });
    const snapshot = checkpoint?.state as Snapshot<State> | undefined; // written by `save`
    if (!checkpoint || snapshot?.reducerVersion !== reducerVersion) return undefined;
    // The event itself is read again with what follows it.
    const [last, ...events] = await store.getEvents(taskId, {
      afterSequence: checkpoint.sequence - 1,
    });
    const isOfThisLog = last?.sequence === checkpoint.sequence && last.eventId === snapshot.eventId;
    return isOfThisLog ? { state: snapshot.state, events } : undefined;
  }

  async function save(taskId: string, { sequence, eventId }: E, state: State): Promise<void> {
    const snapshot: Snapshot<State> = { reducerVersion, eventId, state };
    try {
      await store.writeCheckpoint({ name: keyOf(name, taskId), sequence, state: snapshot });
    } catch (error) {
      // Another reader was quicker, or the log is shorter than the snapshot's: the events still tell.
      if (!isEventsError(error, 'CHECKPOINT_CONFLICT')) throw error;
    }
  }

  return {
    async read(taskId) {
      const snapshot = await load(taskId);
      const events = snapshot?.events ?? (await store.getEvents(taskId));
      let state = snapshot?.state ?? projection.initialState;
      for (const event of events) state = projection.evolve(state, event);
      const last = events.at(-1);
      if (last && events.length >= every) await save(taskId, last, state);
      return state;
    },
  };
}

function keyOf(name: string, taskId: string): string {
  return JSON.stringify(['snapshot', name, taskId]);
}
