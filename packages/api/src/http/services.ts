import type { Event, EventStore, NewEvent } from '@org/events';
import type { CodingTasks, HealthCheck, QueueFigures } from '../coding-tasks.ts';
import type { EventFeed } from '../feed/event-feed.ts';
import type { TaskIndex } from '../reads/task-index.ts';
import type { TaskStates } from '../reads/task-states.ts';
import type { TaskManager } from '../task-manager.ts';

/** What the routes and the tools are made of. */
export interface Services {
  readonly store: EventStore<Event, NewEvent>;
  readonly tasks: CodingTasks;
  readonly taskManager: TaskManager;
  readonly states: TaskStates;
  readonly index: TaskIndex;
  readonly feed: EventFeed;
  readonly health: HealthCheck;
  readonly queue: QueueFigures;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** True as long as the task has only been created. */
export async function isWaiting(states: TaskStates, taskId: string): Promise<boolean> {
  return (await states.get(taskId))?.status === 'created';
}
