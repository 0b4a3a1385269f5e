import type { ScheduledTask } from './scheduled-task.ts';

/** All queued tasks by the time they were queued, so that the oldest is known at any time in O(1). */
export class AgeList {
  #oldest: ScheduledTask | undefined;
  #newest: ScheduledTask | undefined;

  get oldest(): ScheduledTask | undefined {
    return this.#oldest;
  }

  add(task: ScheduledTask): void {
    task.older = this.#newest;
    task.newer = undefined;
    if (this.#newest === undefined) this.#oldest = task;
    else this.#newest.newer = task;
    this.#newest = task;
  }

  remove(task: ScheduledTask): void {
    const { older, newer } = task;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    task.older = task.newer = undefined;
  }
}
