import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { TaskContext } from '../task/task.ts';

/** One attempt of a task: the context that its function gets. The signal is made on first use. */
export class TaskRun implements TaskContext {
  readonly task: ScheduledTask;
  readonly attempt: number;
  #controller: AbortController | undefined = undefined;
  #aborted: { readonly reason: unknown } | undefined = undefined;
  #isOver = false;

  constructor(task: ScheduledTask) {
    this.task = task;
    this.attempt = task.attempt;
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
      if (!this.#isOver && !this.task.settled) this.task.progress(value);
    };
  }

  /** Tells the function to stop, once; the first reason stays. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }

  /** Its function has returned. */
  end(): void {
    this.#isOver = true;
  }
}
