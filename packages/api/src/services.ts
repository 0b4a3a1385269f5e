import type { Event, EventStore, NewEvent } from '@org/events';
import type { CodingTasks, HealthCheck, QueueFigures } from './coding-tasks.ts';
import { createEventFeed, type EventFeed } from './feed/event-feed.ts';
import { createTaskIndex, type TaskIndex } from './reads/task-index.ts';
import { createTaskStates, type TaskStates } from './reads/task-states.ts';
import { TaskManager } from './task-manager.ts';

/** What the routes, the tools and the WebSockets are made of. */
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
  /** True as long as a task has only been created. */
  readonly isWaiting: (taskId: string) => Promise<boolean>;
  /** Stops following the store; the store stays open. */
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly store: EventStore<Event, NewEvent>;
  readonly tasks: CodingTasks;
  /** @default always ok, without checks */
  readonly health?: HealthCheck;
  /** @default no figures */
  readonly queue?: QueueFigures;
  /** States of tasks kept in memory. @default 256 */
  readonly taskStates?: number;
  readonly now?: () => number;
  readonly onError?: (error: unknown) => void;
}

/** Makes what REST, WebSocket and MCP share. */
export function createServices(options: ServicesOptions): Services {
  const { store, tasks, now = Date.now, onError = () => {} } = options;
  const { health = async () => ({ status: 'ok', checks: [] }), queue = () => ({}) } = options;
  const feed = createEventFeed({ store, onError });
  const states = createTaskStates({
    store,
    ...(options.taskStates !== undefined && { size: options.taskStates }),
  });
  const index = createTaskIndex({ store, states, feed, onError });
  const taskManager = new TaskManager({ tasks, states, feed, onError });
  return {
    store,
    tasks,
    taskManager,
    states,
    index,
    feed,
    health,
    queue,
    now,
    onError,
    isWaiting: async (taskId) => (await states.get(taskId))?.status === 'created',
    async close() {
      taskManager.close();
      await index.close();
      await feed.close();
    },
  };
}
