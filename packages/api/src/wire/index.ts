export {
  acceptedBugReport,
  contextExplanation,
  endedTask,
  health,
  recordedIntervention,
  startedTask,
  taskFile,
  taskFiles,
  taskGraph,
} from './answers.ts';
export {
  type EventMessage,
  type EventPage,
  encodeEventData,
  encodeEventMessage,
  encodeStoredEvent,
  eventMessageSchema,
  eventPageSchema,
  type StoredEvent,
  type WireEventData,
} from './event-message.ts';
export { wireLimits } from './limits.ts';
export {
  limitParameter,
  type Page,
  pageOf,
  sequenceParameter,
  statusParameter,
  untilParameter,
} from './pages.ts';
export { fieldErrors, type Problem, type ProblemSlug, problemSchema, problems } from './problem.ts';
export {
  bugReport,
  cancelTask,
  intervention,
  languageSchema,
  missingInIntervention,
  prioritySchema,
  startTask,
  taskIdSchema,
} from './requests.ts';
export {
  type SnakeCase,
  snakeCase,
  snakeCaseKeys,
  type Wire,
  type WireInput,
} from './snake-case.ts';
export {
  detail,
  hasEnded,
  summarise,
  type TaskDetail,
  type TaskSummary,
  taskDetail,
  taskStatusSchema,
  taskSummary,
} from './task.ts';
export { type WireForm, wireForm } from './wire-form.ts';
