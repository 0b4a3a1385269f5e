import { KeyLimits, type KeySlots } from '../queue/key-limits.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Ageing } from './ageing.ts';
import { Line } from './line.ts';
import { QueuedTasks } from './queued-tasks.ts';

export interface AdmissionOptions {
  readonly maxQueueSize: number;
  readonly keyLimit: number;
  readonly keyLimits: Readonly<Record<string, number>>;
  readonly ageing: Ageing | undefined;
  readonly now: () => number;
  /** A task that stood in line got a place. Called before it has left the state it waited in. */
  readonly onAdmitted: (task: ScheduledTask) => void;
}

/**
 * Everything that waits to run: the bounded queue, and the line before it.
 *
 * 1. The queue holds at most `maxQueueSize` tasks that came from submitters. What comes back from a
 *    slot (retried, preempted) is never refused, so it can exceed the bound by what ran at once.
 * 2. Nobody stands in line while there is room.
 * 3. A free slot takes the best startable task, queued or in line; from the line only while retries
 *    do not exceed the bound, or tasks that start past a full queue and fail would pile up. Preempted
 *    tasks do not count here: their slot was taken for one in line that must now be able to start.
 */
export class Admission {
  readonly queued: QueuedTasks;
  readonly line = new Line();
  readonly #options: AdmissionOptions;
  readonly #maxQueueSize: number;
  readonly #keys: KeyLimits<ScheduledTask>;
  #orders = 0;
  #reserved = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#maxQueueSize = options.maxQueueSize;
    this.queued = new QueuedTasks(options);
    this.#keys = new KeyLimits(options);
  }

  /** Places that tasks between two attempts keep. */
  get reserved(): number {
    return this.#reserved;
  }

  get hasRoom(): boolean {
    return this.queued.size + this.#reserved < this.#maxQueueSize;
  }

  /** Share of the queue's room that is taken. */
  get utilisation(): number {
    return (this.queued.size + this.#reserved) / this.#maxQueueSize;
  }

  get #isBeyondBound(): boolean {
    return this.queued.submitted + this.#reserved > this.#maxQueueSize;
  }

  /** Ties a task to its key, until `leaveKey`. */
  joinKey(task: ScheduledTask, key: string): void {
    task.keySlots = this.#keys.join(key);
  }

  leaveKey(task: ScheduledTask): void {
    if (task.keySlots === undefined) return;
    this.#keys.leave(task.keySlots);
    task.keySlots = undefined;
  }

  setKeyLimit(key: string, limit: number): void {
    const slots = this.#keys.setLimit(key, limit);
    if (slots !== undefined) this.queued.unpark(slots);
  }

  /** Keeps a place for a task that has left the queue and will come back. */
  reserve(): void {
    this.#reserved += 1;
  }

  /** Gives a kept place back; whoever is admitted to it is the caller's to decide. */
  unreserve(): void {
    this.#reserved -= 1;
  }

  /** Puts a task behind its peers. The caller has seen that there is room, or needs none. */
  enqueue(task: ScheduledTask): void {
    this.#orders += 1;
    task.order = this.#orders;
    this.queued.push(task);
  }

  /** Puts a task in line for room. */
  wait(task: ScheduledTask): void {
    this.#orders += 1;
    task.order = this.#orders;
    this.line.push(task);
  }

  /** Takes a task out of wherever it stands; admits whoever has room now. */
  remove(task: ScheduledTask): void {
    if (task.queue === undefined) return;
    if (this.line.has(task)) {
      this.line.remove(task);
      return;
    }
    this.queued.remove(task);
    if (task.keySlots !== undefined) this.queued.unpark(task.keySlots);
    this.admit();
  }

  /** Changes a task's priority; one that waits goes behind its new peers. */
  setPriority(task: ScheduledTask, priority: number): void {
    if (task.queue === undefined) {
      task.priority = task.level = priority;
      return;
    }
    this.#orders += 1;
    task.order = this.#orders;
    task.agedAt = this.#options.now();
    if (this.line.has(task)) {
      this.line.remove(task);
      task.priority = priority;
      this.line.push(task);
    } else {
      this.queued.move(task, priority);
    }
    // It may have been the best of its key, and be so no more.
    if (task.keySlots !== undefined) this.queued.unpark(task.keySlots);
  }

  /** Gives the best startable task, and holds its key for it. Admits whoever has room now. */
  take(): ScheduledTask | undefined {
    let task = this.queued.firstStartable();
    const urgent = this.line.size === 0 ? undefined : this.#moreUrgentInLine(task);
    if (urgent !== undefined) {
      this.line.remove(urgent);
      this.#options.onAdmitted(urgent);
      task = urgent;
    } else if (task !== undefined) {
      this.queued.remove(task);
      this.admit();
    }
    if (task?.keySlots !== undefined) task.keySlots.running += 1;
    return task;
  }

  /** Gives back what `take` held of the task's key. */
  releaseKey(slots: KeySlots<ScheduledTask>): void {
    slots.running -= 1;
    this.queued.unpark(slots);
  }

  /** Lets those in line into the queue, as long as there is room. */
  admit(): void {
    while (this.line.size > 0 && this.hasRoom) {
      const task = this.line.first;
      if (task === undefined) return;
      this.line.remove(task);
      task.requeuedAt = this.#options.now();
      this.enqueue(task);
      this.#options.onAdmitted(task);
    }
  }

  /** Startable tasks, best first, as many as asked for; for the decision whom to preempt. */
  candidates(count: number): ScheduledTask[] {
    const found: ScheduledTask[] = [];
    const held = new Map<KeySlots<ScheduledTask>, number>();
    for (const task of this.#inOrder()) {
      if (found.length === count) break;
      const slots = task.keySlots;
      if (slots !== undefined) {
        const running = held.get(slots) ?? slots.running;
        if (running >= slots.limit) continue;
        held.set(slots, running + 1);
      }
      found.push(task);
    }
    return found;
  }

  #moreUrgentInLine(than: ScheduledTask | undefined): ScheduledTask | undefined {
    if (this.#options.ageing !== undefined) {
      this.line.lift(this.#options.ageing, this.#options.now());
    }
    return this.#isBeyondBound ? undefined : this.line.bestStartable(than);
  }

  /** Everything that `take` would look at, in its order. */
  *#inOrder(): Generator<ScheduledTask> {
    const near = this.#isBeyondBound ? [] : this.line.near();
    for (const task of this.queued.startable()) {
      while (near[0] !== undefined && near[0].level < task.level) yield* near.splice(0, 1);
      yield task;
    }
    yield* near;
  }
}
