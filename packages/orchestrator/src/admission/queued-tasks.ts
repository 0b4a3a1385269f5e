import { lowestPriority, priorityName, type TaskPriorityName } from '../priority/priority.ts';
import { AgeRing } from '../queue/age-ring.ts';
import { isKeyFree, type KeySlots } from '../queue/key-limits.ts';
import { TaskQueue } from '../queue/task-queue.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import { type Ageing, lift } from './ageing.ts';

export interface QueuedTasksOptions {
  readonly ageing: Ageing | undefined;
  readonly now: () => number;
}

/**
 * The tasks that have a place: those that may start, by priority, and those that wait for their key.
 *
 * 1. A task whose key is at its limit is parked: it counts as queued but is never in the way.
 * 2. Tasks are parked only while their key is at its limit; when the key gets `n` places back, its
 *    `n` best parked tasks return. So the best startable task of a key is never parked.
 */
export class QueuedTasks {
  readonly #ageing: Ageing | undefined;
  readonly #now: () => number;
  readonly #queue = new TaskQueue<ScheduledTask>();
  readonly #ages = new AgeRing<ScheduledTask>();
  /** Those whose slot was taken from them. */
  readonly #lostSlot = new Set<ScheduledTask>();
  readonly #perPriority = new Uint32Array(lowestPriority + 1);
  #frontOrders = 0;

  constructor({ ageing, now }: QueuedTasksOptions) {
    this.#ageing = ageing;
    this.#now = now;
  }

  get size(): number {
    return this.#ages.size;
  }

  /** Those that have come from a submit, and not from a slot. */
  get submitted(): number {
    return this.#ages.size - this.#lostSlot.size;
  }

  get oldestQueuedAt(): number | undefined {
    return this.#ages.oldest?.queuedAt;
  }

  byPriority(): Record<TaskPriorityName, number> {
    const named = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, BACKGROUND: 0 };
    for (const [priority, tasks] of this.#perPriority.entries()) {
      named[priorityName(priority)] += tasks;
    }
    return named;
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<ScheduledTask> {
    return this.#ages[Symbol.iterator]();
  }

  /** The startable ones, best first. */
  startable(): Iterable<ScheduledTask> {
    return this.#queue;
  }

  /** Puts a task behind its peers. */
  push(task: ScheduledTask): void {
    this.#count(task);
    this.#queue.push(task);
  }

  /** Puts a task that had left the queue back, ahead of all its peers, the parked ones too. */
  unshift(task: ScheduledTask): void {
    this.#lostSlot.add(task);
    this.#frontOrders -= 1;
    task.order = this.#frontOrders;
    task.requeuedAt = this.#now();
    this.#count(task);
    this.#queue.unshift(task);
  }

  /** Takes a task out, parked or not. */
  remove(task: ScheduledTask): void {
    task.queue?.remove(task);
    this.#ages.remove(task);
    this.#tally(task.priority, -1);
    if (this.#lostSlot.size > 0) this.#lostSlot.delete(task);
  }

  /** Puts a task behind its peers of another priority. If it was parked and its key is still full, it will be again. */
  move(task: ScheduledTask, priority: number): void {
    task.queue?.remove(task);
    this.#tally(task.priority, -1);
    this.#tally(priority, 1);
    task.priority = task.level = priority;
    this.#queue.push(task);
  }

  /** The best whose key is free; those before it are parked. */
  firstStartable(): ScheduledTask | undefined {
    if (this.#ageing !== undefined) lift(this.#queue, this.#ageing, this.#now());
    for (;;) {
      const task = this.#queue.first();
      if (task === undefined || isKeyFree(task)) return task;
      this.#queue.remove(task);
      task.keySlots?.parked.insert(task);
    }
  }

  /** Lets as many of a key's tasks return as the key has places. */
  unpark(slots: KeySlots<ScheduledTask>): void {
    const { parked } = slots;
    if (parked.size > 0 && this.#ageing !== undefined) lift(parked, this.#ageing, this.#now());
    for (let free = slots.limit - slots.running; free > 0; free -= 1) {
      const task = parked.first();
      if (task === undefined) return;
      parked.remove(task);
      this.#queue.insert(task);
    }
  }

  #count(task: ScheduledTask): void {
    task.level = task.priority;
    task.agedAt = undefined;
    this.#ages.add(task);
    this.#tally(task.priority, 1);
  }

  #tally(priority: number, change: 1 | -1): void {
    this.#perPriority[priority] = (this.#perPriority[priority] ?? 0) + change;
  }
}
