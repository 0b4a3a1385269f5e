import type { BackpressureAlert } from './backpressure-monitor.ts';

/** What every event of a task says. */
export interface TaskEvent {
  readonly taskId: string;
  readonly priority: number;
  readonly kind: string | undefined;
}

/** Every transition, by name. Listeners are called synchronously, in the order they were added. */
export interface OrchestratorEvents {
  'task.submitted': TaskEvent;
  /** No room: the submitter waits. */
  'task.waiting': TaskEvent;
  /** It waits for these dependencies. */
  'task.blocked': TaskEvent & { readonly dependsOn: readonly string[] };
  'task.queued': TaskEvent;
  'task.started': TaskEvent & {
    readonly attempt: number;
    readonly workerId: number;
    readonly waitedMs: number;
  };
  'task.progress': TaskEvent & { readonly value: unknown };
  'task.retrying': TaskEvent & {
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: unknown;
  };
  /** The abort was sent. `task.queued` follows when its function has stopped. */
  'task.preempted': TaskEvent & { readonly by: string };
  'task.completed': TaskEvent & { readonly attempt: number; readonly ranMs: number };
  'task.failed': TaskEvent & { readonly attempt: number; readonly error: unknown };
  'task.timed-out': TaskEvent & { readonly error: unknown };
  'task.cancelled': TaskEvent & { readonly error: unknown };
  'task.dead-lettered': TaskEvent & { readonly error: unknown };
  /** Its function did not stop within `abandonAfterMs`; its slot was given back. */
  'task.abandoned': TaskEvent;
  'worker.crashed': {
    readonly workerId: number;
    readonly error: unknown;
    readonly taskId: string | undefined;
  };
  'worker.restarted': { readonly workerId: number; readonly restarts: number };
  backpressure: BackpressureAlert;
  paused: Record<never, never>;
  resumed: Record<never, never>;
  idle: Record<never, never>;
  'shutdown.started': { readonly mode: ShutdownMode };
  'shutdown.finished': ShutdownReport;
}

export type ShutdownMode = 'cancel' | 'drain';

/** What a shutdown did. */
export interface ShutdownReport {
  readonly mode: ShutdownMode;
  /** Handles that the shutdown settled as `cancelled`. */
  readonly cancelled: number;
  /** Tasks that completed during it. */
  readonly completed: number;
  /** Ids of tasks whose function was still running when the deadline passed. */
  readonly notStopped: readonly string[];
}
