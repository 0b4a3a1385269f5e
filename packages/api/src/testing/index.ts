export {
  createEventBackedTasks,
  type EventBackedTasksOptions,
  portError,
} from './event-backed-tasks.ts';
