import { OrchestratorError } from './orchestrator-error.ts';

/** A task of this id is unfinished, or finished so recently that it is still remembered. */
export class DuplicateTaskError extends OrchestratorError {
  readonly taskId: string;

  constructor(taskId: string, state: string) {
    super('DUPLICATE_TASK', `Task "${taskId}" is already known (${state})`);
    this.taskId = taskId;
  }
}

/** The task would, by way of others, have to wait for itself. */
export class CircularDependencyError extends OrchestratorError {
  /** From the task along what it depends on, back to the task: `["a", "b", "a"]`. */
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super('CIRCULAR_DEPENDENCY', `Circular dependency: ${path.join(' -> ')}`);
    this.path = path;
  }
}

/** The task depends on an id that is not known, and `missingDependency` is `"reject"`. */
export class UnknownDependencyError extends OrchestratorError {
  readonly taskId: string;
  readonly dependency: string;

  constructor(taskId: string, dependency: string) {
    super('UNKNOWN_DEPENDENCY', `Task "${taskId}" depends on "${dependency}", which is not known`);
    this.taskId = taskId;
    this.dependency = dependency;
  }
}

/** There was no room, and the submitter could not or would not wait (longer). */
export class QueueFullError extends OrchestratorError {
  /** Which bound was reached. */
  readonly limit: 'maxQueueSize' | 'maxBlocked' | 'maxWaiting';
  readonly size: number;
  readonly waitedMs: number;

  constructor(limit: 'maxQueueSize' | 'maxBlocked' | 'maxWaiting', size: number, waitedMs = 0) {
    super(
      'QUEUE_FULL',
      `No room: ${limit} is ${size}${waitedMs > 0 ? `, waited ${waitedMs} ms` : ''}`,
    );
    this.limit = limit;
    this.size = size;
    this.waitedMs = waitedMs;
  }
}

/** The orchestrator is shutting down, or has. Also the abort reason of what a shutdown cancels. */
export class ShutdownError extends OrchestratorError {
  constructor(message = 'The orchestrator is shutting down') {
    super('SHUTDOWN', message);
  }
}
