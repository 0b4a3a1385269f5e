export {
  InvalidOptionError,
  InvalidPriorityError,
  InvalidTaskError,
  UnknownKindError,
} from './errors/bad-input.ts';
export {
  DependencyFailedError,
  TaskCancelledError,
  TaskPreemptedError,
  TaskTimeoutError,
  ThreadFailedError,
  UnrecoverableTaskError,
  WorkerCrashedError,
} from './errors/failures.ts';
export {
  isOrchestratorError,
  OrchestratorError,
  type OrchestratorErrorCode,
} from './errors/orchestrator-error.ts';
export {
  CircularDependencyError,
  DuplicateTaskError,
  QueueFullError,
  ShutdownError,
  UnknownDependencyError,
} from './errors/refusals.ts';
export type { DeadLetter } from './lifecycle/dead-letters.ts';
export type { ShutdownOptions } from './lifecycle/shutdown.ts';
export {
  type BackpressureAlert,
  type BackpressureLevel,
  BackpressureMonitor,
  type BackpressureMonitorOptions,
  type BackpressureOptions,
  type BackpressureSource,
} from './observe/backpressure-monitor.ts';
export type {
  OrchestratorEvents,
  ShutdownMode,
  ShutdownReport,
  TaskEvent,
} from './observe/orchestrator-events.ts';
export type { OrchestratorStats, WorkerStats } from './observe/stats.ts';
export type {
  AgeingOptions,
  Dispatch,
  OrchestratorOptions,
} from './options/orchestrator-options.ts';
export {
  type PriorityInput,
  parsePriority,
  priorityName,
  shouldPreempt,
  TaskPriority,
  type TaskPriorityName,
  taskPriorityNames,
} from './priority/priority.ts';
export {
  assignPriority,
  codingEventPriorities,
  type EventPriorities,
  TaskPriorityAssigner,
  type TypedEvent,
} from './priority/priority-assigner.ts';
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
} from './task/task.ts';
export { TaskOrchestrator } from './task-orchestrator.ts';
export type { Clock, ClockTimer } from './time/clock.ts';
