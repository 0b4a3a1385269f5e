import type { DeadlineEntry } from './deadline.ts';
import type { ScheduledTask } from './scheduled-task.ts';
import type { TaskContext } from './task.ts';

/** What a run asks of the orchestrator that it belongs to. */
export interface RunOwner {
  onRunDeadline(run: TaskRun): void;
  onProgress(run: TaskRun, value: unknown): void;
}

/**
 * One attempt of a task, and the context its function gets. It holds a slot from start until the
 * function settles or is abandoned, whatever has become of the task meanwhile.
 *
 * `active` → (`preempting` →) `stopping` (the task has settled, its function has not) → `abandoned`.
 */
export class TaskRun implements TaskContext, DeadlineEntry {
  readonly task: ScheduledTask;
  readonly attempt: number;
  readonly startedAt: number;
  readonly #owner: RunOwner;
  phase: 'active' | 'preempting' | 'stopping' | 'abandoned' | 'ended' = 'active';
  /** Its place among the running. */
  index = -1;
  /** Runs started later have higher ones. */
  serial = 0;
  deadline = 0;
  deadlineOrder = 0;
  heapIndex = -1;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(owner: RunOwner, task: ScheduledTask, startedAt: number) {
    this.#owner = owner;
    this.task = task;
    this.attempt = task.attempt;
    this.startedAt = startedAt;
  }

  get taskId(): string {
    return this.task.id;
  }

  get priority(): number {
    return this.task.priority;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** A function of its own, so that it can be taken out of the context. */
  get progress(): (value: unknown) => void {
    return (value) => {
      if (this.phase === 'active' || this.phase === 'preempting')
        this.#owner.onProgress(this, value);
    };
  }

  /** Tells the function to stop, once; the first reason stays. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }

  onDeadline(): void {
    this.#owner.onRunDeadline(this);
  }
}
