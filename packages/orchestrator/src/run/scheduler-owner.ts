import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Slot } from './slot.ts';

/** What the scheduler tells its owner. */
export interface SchedulerOwner {
  /** A task that stood in line got a place. */
  onAdmitted(task: ScheduledTask): void;
  onQueued(task: ScheduledTask): void;
  onStarted(task: ScheduledTask, slot: Slot): void;
  /** The function of a task that had not settled has returned; its slot is free. */
  onCompleted(task: ScheduledTask, value: unknown, startedAt: number): void;
  /** It has thrown; its slot is free. */
  onFailed(task: ScheduledTask, error: unknown): void;
  /** The time of a run that nobody has told to stop is up. */
  onTimeout(task: ScheduledTask): void;
  /** The function of a task that had settled before has stopped at last; its slot is free. */
  onStopped(task: ScheduledTask): void;
  onPreempting(task: ScheduledTask, by: ScheduledTask): void;
  onAbandoned(task: ScheduledTask): void;
  onCrash(crash: { workerId: number; error: unknown; taskId: string | undefined }): void;
  onRestart(restart: { workerId: number; restarts: number }): void;
  /** The length of the queue may have changed. */
  onChange(): void;
}
