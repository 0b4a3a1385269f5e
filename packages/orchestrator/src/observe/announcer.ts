import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Emitter } from './emitter.ts';
import type { OrchestratorEvents, TaskEvent } from './orchestrator-events.ts';

/** The events of a task that say nothing but which task it is. */
type PlainEvent = 'task.submitted' | 'task.waiting' | 'task.queued' | 'task.abandoned';
/** What an event says beside which task it is about. */
type Details<Name extends TaskEventName> = Omit<OrchestratorEvents[Name], keyof TaskEvent>;
type TaskEventName = Extract<keyof OrchestratorEvents, `task.${string}`>;

/** Tells what happens to tasks to whoever listens. Makes no event where nobody does. */
export class Announcer {
  readonly #events: Emitter<OrchestratorEvents>;

  constructor(events: Emitter<OrchestratorEvents>) {
    this.#events = events;
  }

  /** Whether anyone listens to this event; for callers whose details cost something to make. */
  hears(name: TaskEventName): boolean {
    return this.#events.has(name);
  }

  tell(name: PlainEvent, task: ScheduledTask): void {
    if (this.#events.has(name)) this.#events.emit(name, about(task));
  }

  tellMore<Name extends TaskEventName>(
    name: Name,
    task: ScheduledTask,
    details: Details<Name>,
  ): void {
    if (!this.#events.has(name)) return;
    // A task event is what it says of its task, and its details.
    this.#events.emit(name, { ...about(task), ...details } as OrchestratorEvents[Name]);
  }
}

function about(task: ScheduledTask): TaskEvent {
  return { taskId: task.id, priority: task.priority, kind: task.settings.kind };
}
