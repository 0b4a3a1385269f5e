import { OrchestratorError } from './orchestrator-error.ts';
import { show } from './show.ts';

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
