/** Every code that an error of this package can carry; each is a heading of the README's table. */
export type OrchestratorErrorCode =
  | 'INVALID_PRIORITY'
  | 'INVALID_TASK'
  | 'INVALID_OPTION'
  | 'UNKNOWN_KIND'
  | 'DUPLICATE_TASK'
  | 'CIRCULAR_DEPENDENCY'
  | 'UNKNOWN_DEPENDENCY'
  | 'DEPENDENCY_FAILED'
  | 'QUEUE_FULL'
  | 'SHUTDOWN'
  | 'TASK_TIMED_OUT'
  | 'TASK_CANCELLED'
  | 'TASK_PREEMPTED'
  | 'UNRECOVERABLE'
  | 'WORKER_CRASHED'
  | 'THREAD_FAILED';

const marker = Symbol.for('@org/orchestrator/error');

/** The base of this package's errors: a stable `code`, and data fields on each subclass. */
export class OrchestratorError extends Error {
  readonly code: OrchestratorErrorCode;

  constructor(code: OrchestratorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }
}

/**
 * Whether a value is an error of this package, and of this code if one is given.
 * Works across copies of the package (ESM beside CJS), where `instanceof` does not.
 */
export function isOrchestratorError(
  value: unknown,
  code?: OrchestratorErrorCode,
): value is OrchestratorError {
  return (
    typeof value === 'object' &&
    value !== null &&
    marker in value &&
    (code === undefined || ('code' in value && value.code === code))
  );
}

/** The value is no priority. */
export class InvalidPriorityError extends OrchestratorError {
  readonly value: unknown;

  constructor(value: unknown, names: readonly string[]) {
    super(
      'INVALID_PRIORITY',
      `Invalid priority ${show(value)}: expected one of ${names.join(', ')}, or a whole number from 0 to 100`,
    );
    this.value = value;
  }
}

/** A field of the task makes no sense. */
export class InvalidTaskError extends OrchestratorError {
  readonly field: string;
  readonly value: unknown;

  constructor(field: string, value: unknown, expected: string) {
    super('INVALID_TASK', `Invalid task: ${field} is ${show(value)}, expected ${expected}`);
    this.field = field;
    this.value = value;
  }
}

/** An option of the orchestrator or of one of its methods makes no sense. */
export class InvalidOptionError extends OrchestratorError {
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super('INVALID_OPTION', `Invalid option: ${option} is ${show(value)}, expected ${expected}`);
    this.option = option;
    this.value = value;
  }
}

/** No handler is registered for the task's kind. */
export class UnknownKindError extends OrchestratorError {
  readonly kind: string;

  constructor(kind: string, known: readonly string[]) {
    super(
      'UNKNOWN_KIND',
      `No handler is registered for kind "${kind}" (registered: ${known.join(', ') || 'none'})`,
    );
    this.kind = kind;
  }
}

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

/** A task was cancelled because one that it depends on did not complete; `cause` is why. */
export class DependencyFailedError extends OrchestratorError {
  readonly taskId: string;
  readonly dependency: string;

  constructor(taskId: string, dependency: string, options: { state: string; cause: unknown }) {
    super(
      'DEPENDENCY_FAILED',
      `Task "${taskId}" was cancelled: its dependency "${dependency}" ended as ${options.state}`,
      { cause: options.cause },
    );
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

/** The task's time was up. Also the abort reason of its signal. */
export class TaskTimeoutError extends OrchestratorError {
  readonly timeoutMs: number;
  /** Whether `timeoutMs` or `queueTimeoutMs` passed. */
  readonly phase: 'running' | 'queued';

  constructor(phase: 'running' | 'queued', timeoutMs: number) {
    super('TASK_TIMED_OUT', `Task timed out after ${timeoutMs} ms ${phase}`);
    this.phase = phase;
    this.timeoutMs = timeoutMs;
  }
}

/** Someone cancelled the task. Also the abort reason of its signal. `cause` is the reason given. */
export class TaskCancelledError extends OrchestratorError {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(
      'TASK_CANCELLED',
      reason === undefined ? 'Task cancelled' : `Task cancelled: ${reasonText(reason)}`,
      { cause: reason },
    );
    this.reason = reason;
  }
}

/** The abort reason of a running task whose slot a more urgent one takes; it will be run again. */
export class TaskPreemptedError extends OrchestratorError {
  readonly reason = 'preempted';

  constructor() {
    super('TASK_PREEMPTED', 'Task preempted by a more urgent one; it is queued again');
  }
}

/** Thrown by a task to say that trying again is of no use. */
export class UnrecoverableTaskError extends OrchestratorError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNRECOVERABLE', message, options);
  }
}

/** By its code alone: an error that comes back from a thread is a copy without the marker. */
export function isUnrecoverable(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'UNRECOVERABLE'
  );
}

/** The task brought its dispatch worker down too often and is given up; `cause` is the last crash. */
export class WorkerCrashedError extends OrchestratorError {
  readonly crashes: number;

  constructor(crashes: number, options: ErrorOptions) {
    super(
      'WORKER_CRASHED',
      `Task given up: starting it crashed its worker ${crashes} times`,
      options,
    );
    this.crashes = crashes;
  }
}

/** The thread of an isolated task could not run it, or ended before it gave a result. */
export class ThreadFailedError extends OrchestratorError {
  constructor(message: string, options?: ErrorOptions) {
    super('THREAD_FAILED', message, options);
  }
}

function reasonText(reason: unknown): string {
  return reason instanceof Error
    ? reason.message
    : typeof reason === 'string'
      ? reason
      : show(reason);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
