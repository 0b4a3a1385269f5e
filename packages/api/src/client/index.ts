export { type UpdateOutcome, VersionedState } from '../versioned-state.ts';
export type { EventMessage } from '../wire/event-message.ts';
export {
  type FollowStatus,
  type FollowTaskOptions,
  followTask,
  type TaskSubscription,
} from './follow-task.ts';
