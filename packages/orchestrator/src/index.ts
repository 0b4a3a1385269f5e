export {
  type BackpressureAlert,
  type BackpressureLevel,
  BackpressureMonitor,
  type BackpressureMonitorOptions,
  type BackpressureOptions,
  type BackpressureSource,
} from './backpressure-monitor.ts';
export { type Clock, type ClockTimer, systemClock } from './clock.ts';
export type { DeadLetter } from './dead-letters.ts';
export {
  CircularDependencyError,
  DependencyFailedError,
  DuplicateTaskError,
  InvalidOptionError,
  InvalidPriorityError,
  InvalidTaskError,
  isOrchestratorError,
  OrchestratorError,
  type OrchestratorErrorCode,
  QueueFullError,
  ShutdownError,
  TaskCancelledError,
  TaskPreemptedError,
  TaskTimeoutError,
  ThreadFailedError,
  UnknownDependencyError,
  UnknownKindError,
  UnrecoverableTaskError,
  WorkerCrashedError,
} from './errors.ts';
export type {
  OrchestratorEvents,
  ShutdownMode,
  ShutdownReport,
  TaskEvent,
} from './orchestrator-events.ts';
export type { AgeingOptions, Dispatch, OrchestratorOptions } from './orchestrator-options.ts';
export {
  lowestPriority,
  type PriorityInput,
  parsePriority,
  preemptionDistance,
  priorityName,
  shouldPreempt,
  TaskPriority,
  type TaskPriorityName,
  taskPriorityNames,
} from './priority.ts';
export {
  assignPriority,
  codingEventPriorities,
  type EventPriorities,
  TaskPriorityAssigner,
  type TypedEvent,
} from './priority-assigner.ts';
export type { ShutdownOptions } from './shutdown.ts';
export type { OrchestratorStats, WorkerStats } from './stats.ts';
export type {
  FunctionTask,
  JsonValue,
  KindTask,
  PendingTaskState,
  RetryOptions,
  SettledTaskState,
  Task,
  TaskContext,
  TaskHandle,
  TaskHandler,
  TaskOptions,
  TaskOutcome,
  TaskState,
  ThreadModule,
  ThreadTask,
  TrySubmitResult,
} from './task.ts';
export { TaskOrchestrator } from './task-orchestrator.ts';
