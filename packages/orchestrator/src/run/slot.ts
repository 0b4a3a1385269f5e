import type { Stoppable } from '../task/scheduled-task.ts';
import type { DeadlineEntry } from '../time/deadlines.ts';
import type { TaskRun } from './task-run.ts';

/** Whom a slot tells what happens in it. */
export interface SlotOwner {
  onFulfilled(slot: Slot, value: unknown): void;
  onRejected(slot: Slot, error: unknown): void;
  onSlotDeadline(slot: Slot): void;
  onStop(slot: Slot, reason: unknown): void;
}

/**
 * A place where one function runs at a time. It is taken from the start of a task until its function
 * settles, whatever has become of the task meanwhile, and then used for the next; one whose function
 * was abandoned is never used again.
 *
 * `active` → (`preempting` →) (`stopping`: the task has settled, its function has not →) `free`, or
 * `abandoned`.
 */
export class Slot implements DeadlineEntry, Stoppable {
  readonly #owner: SlotOwner;
  /** What `then` of the function's promise is given; made once per slot, not per task. */
  readonly onFulfilled: (value: unknown) => void;
  readonly onRejected: (error: unknown) => void;
  /** None while it is free. */
  run: TaskRun | undefined;
  /** Whether its task may lose it. */
  preemptible = false;
  phase: 'active' | 'preempting' | 'stopping' | 'abandoned' | 'free' = 'active';
  /** When its task was started, and by which worker. */
  startedAt = 0;
  workerId = 0;
  /** Its place among those that are taken. */
  index = -1;
  /** Higher for what was started later. */
  serial = 0;
  deadline = 0;
  deadlineOrder = 0;
  heapKey = 0;
  heapOrder = 0;
  heapIndex = -1;

  constructor(owner: SlotOwner) {
    this.#owner = owner;
    this.run = undefined;
    this.onFulfilled = (value) => owner.onFulfilled(this, value);
    this.onRejected = (error) => owner.onRejected(this, error);
  }

  onDeadline(): void {
    this.#owner.onSlotDeadline(this);
  }

  stop(reason: unknown): void {
    this.#owner.onStop(this, reason);
  }
}
