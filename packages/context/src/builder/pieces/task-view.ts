import type { Event, ModuleState, TaskState } from '@org/events';
import type { NetworkedCache } from '../../graph/networked-cache.ts';

/** A task as its events tell it up to one moment: all that a prompt about it is made of. */
export interface TaskView {
  readonly taskId: string;
  /** In order of their sequence; the last one's is the moment. */
  readonly events: readonly Event[];
  readonly state: TaskState;
  readonly graph: NetworkedCache;
}

type EventOfType<Type extends Event['eventType']> = Extract<Event, { eventType: Type }>;

/** A module's state; undefined when the task has none of that name. */
export function moduleState(view: TaskView, name: string): ModuleState | undefined {
  return Object.hasOwn(view.state.modules, name) ? view.state.modules[name] : undefined;
}

/** The module's latest failed run; null once a later one passed. */
export function latestFailure(view: TaskView, module: string): EventOfType<'TEST_FAILED'> | null {
  const run = view.events.findLast(
    (event) =>
      (event.eventType === 'TEST_FAILED' || event.eventType === 'TEST_PASSED') &&
      event.data.module === module,
  );
  return run?.eventType === 'TEST_FAILED' ? run : null;
}

/** The module's failed runs, oldest first. */
export function failures(view: TaskView, module: string): readonly EventOfType<'TEST_FAILED'>[] {
  return view.events.filter(
    (event): event is EventOfType<'TEST_FAILED'> =>
      event.eventType === 'TEST_FAILED' && event.data.module === module,
  );
}

/** The module's iterations, oldest first. */
export function iterations(
  view: TaskView,
  module: string,
): readonly EventOfType<'MODULE_ITERATION'>[] {
  return view.events.filter(
    (event): event is EventOfType<'MODULE_ITERATION'> =>
      event.eventType === 'MODULE_ITERATION' && event.data.module === module,
  );
}

/** How an iteration came out: the first run of the module's tests after it, before the next iteration. */
export function runOf(
  view: TaskView,
  iteration: EventOfType<'MODULE_ITERATION'>,
): EventOfType<'TEST_FAILED' | 'TEST_PASSED'> | null {
  const { module } = iteration.data;
  const next = view.events.find(
    (event) =>
      event.sequence > iteration.sequence &&
      (event.eventType === 'TEST_FAILED' ||
        event.eventType === 'TEST_PASSED' ||
        event.eventType === 'MODULE_ITERATION') &&
      event.data.module === module,
  );
  return next?.eventType === 'TEST_FAILED' || next?.eventType === 'TEST_PASSED' ? next : null;
}

/** The event of this version within the task. */
export function eventOfVersion(view: TaskView, version: number): Event | undefined {
  const guess = view.events[version - 1];
  return guess?.version === version
    ? guess
    : view.events.find((event) => event.version === version);
}
