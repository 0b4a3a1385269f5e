import type { Event, EventStore, NewEvent } from '@org/events';
import { codeOf, unavailable } from '../errors.ts';
import type { TaskLog } from '../runner/task-log.ts';
import type { WorkflowState } from '../state/workflow-state.ts';
import type { UserEvent } from './user-events.ts';

/** Who appends what a user says. */
export const userProcess = 'user';

/**
 * Appends what a user says of a task, at the version it was checked against: whatever comes between, it is
 * checked again, so that an answer is never stored twice and a cancel never behind the end.
 *
 * @param check What to append as the task stands; null: nothing. Throws a refusal.
 * @throws what `check` throws; WorkflowError `UNAVAILABLE`; the store's VersionConflictError with `ifVersion`
 */
export async function appendChange(
  log: TaskLog,
  options: {
    readonly store: EventStore<Event, NewEvent>;
    readonly ifVersion: number | undefined;
    readonly check: (state: WorkflowState) => UserEvent | null;
  },
): Promise<Event | null> {
  for (;;) {
    const change = options.check(log.state);
    if (change === null) return null;
    const { codeVersion, codeHash, version } = log.state.task;
    const causedBy = log.events.at(-1)?.eventId;
    const event = { ...change, codeVersion, codeHash, correlationId: log.taskId };
    try {
      const { events } = await options.store.append(
        log.taskId,
        // `change` is one of the two types whole; spreading it loses that its data belongs to its type.
        event as NewEvent,
        {
          expectedVersion: options.ifVersion ?? version,
          process: userProcess,
          ...(causedBy === undefined ? {} : { causedBy }),
        },
      );
      const [stored] = events;
      if (stored === undefined) throw new Error('an append without an event');
      return stored;
    } catch (error) {
      if (codeOf(error) !== 'VERSION_CONFLICT' || options.ifVersion !== undefined)
        throw asRefusal(error);
      await log.refresh();
    }
  }
}

/** A store that takes nothing now is told as such; everything else goes through as it is. */
export function asRefusal(error: unknown): unknown {
  return codeOf(error) === 'STORE_UNAVAILABLE' || codeOf(error) === 'QUEUE_FULL'
    ? unavailable(
        'The store takes no events at the moment; look at the task before you ask again.',
        error,
      )
    : error;
}
