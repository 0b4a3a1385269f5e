import { isKeyFree } from '../queue/key-limits.ts';
import { TaskQueue } from '../queue/task-queue.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import { type Ageing, lift } from './ageing.ts';

/** How many of the line a free slot looks at for one whose key is free, so that a look stays O(1). */
const farthestLook = 32;

/**
 * Those that have no place yet, by priority, then arrival: submitters that wait for room, and tasks
 * whose dependencies completed while there was none.
 */
export class Line {
  readonly #queue = new TaskQueue<ScheduledTask>();
  #submitters = 0;

  get size(): number {
    return this.#queue.size;
  }

  /** Those whose submit waits. */
  get submitters(): number {
    return this.#submitters;
  }

  get first(): ScheduledTask | undefined {
    return this.#queue.first();
  }

  has(task: ScheduledTask): boolean {
    return task.queue === this.#queue;
  }

  [Symbol.iterator](): Iterator<ScheduledTask> {
    return this.#queue[Symbol.iterator]();
  }

  push(task: ScheduledTask): void {
    task.level = task.priority;
    if (task.state === 'waiting') this.#submitters += 1;
    this.#queue.push(task);
  }

  remove(task: ScheduledTask): void {
    if (task.state === 'waiting') this.#submitters -= 1;
    this.#queue.remove(task);
  }

  lift(ageing: Ageing, now: number): void {
    lift(this.#queue, ageing, now);
  }

  /** The best that could start and is more urgent than `than`, among the first of the line. */
  bestStartable(than: ScheduledTask | undefined): ScheduledTask | undefined {
    for (const task of this.near()) {
      if (than !== undefined && than.level <= task.level) return undefined;
      if (isKeyFree(task)) return task;
    }
    return undefined;
  }

  /** The first of the line, as far as a free slot looks. */
  near(): ScheduledTask[] {
    const near: ScheduledTask[] = [];
    for (const task of this.#queue) {
      if (near.length === farthestLook) break;
      near.push(task);
    }
    return near;
  }
}
