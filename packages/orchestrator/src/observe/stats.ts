import type { TaskPriorityName } from '../priority/priority.ts';

/** One dispatch worker. */
export interface WorkerStats {
  readonly id: number;
  readonly state: 'ready' | 'crashed';
  readonly dispatched: number;
  readonly restarts: number;
}

/** The figures of an orchestrator at one moment. Gauges first, then totals since it was made. */
export interface OrchestratorStats {
  /** Accepted tasks that wait for a slot (for their key's limit, too). */
  readonly queued: number;
  /** The same by named level: a priority in between counts for the level above it (15 as HIGH). */
  readonly queuedByPriority: Readonly<Record<TaskPriorityName, number>>;
  readonly maxQueueSize: number;
  /** Slots taken: functions really running, settled ones that have not stopped yet included. */
  readonly running: number;
  readonly maxConcurrent: number;
  /** Submitters that wait for room. */
  readonly waiting: number;
  /** Tasks whose dependencies have not all completed. */
  readonly blocked: number;
  /** Tasks that wait for their next attempt. They take room in the queue. */
  readonly retrying: number;
  /** Functions that did not stop within `abandonAfterMs` and still run without a slot. */
  readonly abandonedRunning: number;
  /** How long the longest waiting queued task has been in the queue, in ms, from the turn of its submit on; 0 if none. */
  readonly oldestWaitMs: number;
  /** (queued + retrying) / maxQueueSize. */
  readonly utilisation: number;
  readonly paused: boolean;
  readonly shuttingDown: boolean;
  readonly workers: readonly WorkerStats[];

  readonly submitted: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly cancelled: number;
  readonly preempted: number;
  readonly retried: number;
  readonly abandoned: number;
  readonly deadLetters: number;
}
