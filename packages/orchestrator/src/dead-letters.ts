import type { Task } from './task.ts';

/** A task that failed for good. */
export interface DeadLetter {
  readonly taskId: string;
  readonly task: Task;
  readonly error: unknown;
  readonly attempts: number;
}
