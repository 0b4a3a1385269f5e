import type { Event, EventType } from './coding-events.ts';
import type { TaskState } from './task-state.ts';

/** One coding event of this type. */
export type EventOfType<Type extends EventType> = Extract<Event, { readonly eventType: Type }>;

/** What one event type does to the task's state. Pure; gets valid events that are neither stale nor too late. */
export type Reducer<Type extends EventType> = (
  state: TaskState,
  event: EventOfType<Type>,
) => TaskState;
