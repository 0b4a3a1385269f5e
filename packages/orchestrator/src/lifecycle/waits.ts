import type { ScheduledTask } from '../task/scheduled-task.ts';
import { type DeadlineEntry, type Deadlines, unset } from '../time/deadlines.ts';

/** The limits of how long tasks wait: for room, for their first start, for their next attempt. */
export class Waits {
  readonly #deadlines: Deadlines;
  readonly #onOver: (task: ScheduledTask) => void;

  constructor(deadlines: Deadlines, onOver: (task: ScheduledTask) => void) {
    this.#deadlines = deadlines;
    this.#onOver = onOver;
  }

  /** Limits a wait that began with the submit. `Infinity` ends the limit. */
  limit(task: ScheduledTask, ms: number): void {
    if (ms !== Number.POSITIVE_INFINITY) this.endAt(task, task.submittedAt + ms);
    else if (task.wait !== undefined) this.#deadlines.clear(task.wait);
  }

  endAt(task: ScheduledTask, deadline: number): void {
    task.wait ??= this.#entry(task);
    this.#deadlines.set(task.wait, deadline);
  }

  end(task: ScheduledTask): void {
    if (task.wait !== undefined) this.#deadlines.clear(task.wait);
  }

  #entry(task: ScheduledTask): DeadlineEntry {
    return { ...unset, onDeadline: () => this.#onOver(task) };
  }
}
