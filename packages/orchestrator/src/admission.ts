import { AgeList } from './age-list.ts';
import { KeyLimits, type KeySlots } from './key-limits.ts';
import { type TaskPriorityName, taskPriorityNames } from './priority.ts';
import type { ScheduledTask } from './scheduled-task.ts';
import { TaskQueue } from './task-queue.ts';

/** How a queued task rises with time; levels are priorities. */
export interface Ageing {
  readonly everyMs: number;
  readonly upTo: number;
}

export interface AdmissionOptions {
  readonly maxQueueSize: number;
  readonly keyLimit: number;
  readonly keyLimits: Readonly<Record<string, number>>;
  readonly ageing: Ageing | undefined;
  readonly now: () => number;
  /** A task that stood in line got a place. */
  readonly onAdmitted: (task: ScheduledTask) => void;
}

/**
 * Everything that waits to run: the bounded queue, and the line before it.
 *
 * 1. The queue holds at most `maxQueueSize` tasks that came from submitters. What comes back from a
 *    slot (retried, preempted) is never refused, so it can exceed the bound by what ran at once.
 * 2. Nobody stands in line while there is room.
 * 3. A task whose key is at its limit is parked: it counts as queued but is never in the way.
 * 4. Tasks are parked only while their key is at its limit; when the key gets `n` places back, its
 *    `n` best parked tasks return to the queue. So the best startable task of a key is never parked.
 * 5. A free slot takes the best startable task, queued or in line; from the line only while retries
 *    do not exceed the bound, or tasks that start past a full queue and fail would pile up. Preempted
 *    tasks do not count here: their slot was taken for one in line that must now be able to start.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #queue = new TaskQueue<ScheduledTask>();
  readonly #line = new TaskQueue<ScheduledTask>();
  readonly #ages = new AgeList();
  readonly #keys: KeyLimits<ScheduledTask>;
  readonly #queuedByLevel = [0, 0, 0, 0, 0];
  #queued = 0;
  /** Queued tasks that lost their slot. */
  #requeued = 0;
  #orders = 0;
  #frontOrders = 0;
  /** Tasks between two attempts: they have left the queue, but keep their room. */
  retrying = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#keys = new KeyLimits(options);
  }

  get queued(): number {
    return this.#queued;
  }

  get inLine(): number {
    return this.#line.size;
  }

  get oldestQueuedAt(): number | undefined {
    return this.#ages.oldest?.queuedAt;
  }

  get hasRoom(): boolean {
    return this.#queued + this.retrying < this.#options.maxQueueSize;
  }

  /** Share of the queue's room that is taken. */
  get utilisation(): number {
    return (this.#queued + this.retrying) / this.#options.maxQueueSize;
  }

  get #isBeyondBound(): boolean {
    return this.#queued - this.#requeued + this.retrying > this.#options.maxQueueSize;
  }

  queuedByPriority(): Record<TaskPriorityName, number> {
    const [CRITICAL = 0, HIGH = 0, MEDIUM = 0, LOW = 0, BACKGROUND = 0] = this.#queuedByLevel;
    return { CRITICAL, HIGH, MEDIUM, LOW, BACKGROUND };
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
    if (slots !== undefined) this.#unpark(slots);
  }

  /** Puts a task behind its peers. The caller has seen that there is room, or needs none. */
  enqueue(task: ScheduledTask): void {
    this.#orders += 1;
    task.order = this.#orders;
    this.#count(task);
    this.#queue.push(task);
  }

  /** Puts a task that had left the queue back, ahead of all its peers, the parked ones too. */
  requeue(task: ScheduledTask): void {
    task.lostSlot = true;
    this.#requeued += 1;
    this.#frontOrders -= 1;
    task.order = this.#frontOrders;
    task.requeuedAt = this.#options.now();
    this.#count(task);
    this.#queue.unshift(task);
  }

  /** Puts a task in line for room: by priority, then arrival. */
  wait(task: ScheduledTask): void {
    this.#orders += 1;
    task.order = this.#orders;
    task.level = task.priority;
    this.#line.push(task);
  }

  /** Takes a task out of wherever it stands; admits whoever has room now. */
  remove(task: ScheduledTask): void {
    const { queue, keySlots } = task;
    if (queue === undefined) return;
    queue.remove(task);
    if (queue === this.#line) return;
    this.#uncount(task);
    if (keySlots !== undefined) this.#unpark(keySlots);
    this.admit();
  }

  /** Changes a task's priority; one that waits goes behind its new peers. */
  setPriority(task: ScheduledTask, priority: number): void {
    const { queue } = task;
    queue?.remove(task);
    if (queue === undefined || queue === this.#line) {
      task.priority = task.level = priority;
    } else {
      this.#changeLevel(task, -1);
      task.priority = task.level = priority;
      this.#changeLevel(task, 1);
    }
    if (queue === undefined) return;
    this.#orders += 1;
    task.order = this.#orders;
    task.agedAt = this.#options.now();
    if (queue === this.#line) this.#line.push(task);
    else this.#queue.push(task); // If it was parked and its key is still full, it will be again.
    // It may have been the best of its key, and be so no more.
    if (task.keySlots !== undefined) this.#unpark(task.keySlots);
  }

  /** Gives the best startable task, and holds its key for it. Admits whoever has room now. */
  take(): ScheduledTask | undefined {
    this.#age(this.#queue);
    this.#age(this.#line);
    const best = this.#firstStartable();
    const task = this.#takeFromLine(best) ?? this.#takeFromQueue(best);
    if (task?.keySlots !== undefined) task.keySlots.running += 1;
    return task;
  }

  /** Gives back what `take` held of the task's key. */
  releaseKey(slots: KeySlots<ScheduledTask>): void {
    slots.running -= 1;
    this.#unpark(slots);
  }

  /** Lets those in line into the queue, as long as there is room. */
  admit(): void {
    while (this.#line.size > 0 && this.hasRoom) {
      const task = this.#line.first();
      if (task === undefined) return;
      this.#line.remove(task);
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

  /** Everything that is queued or in line, in no order that matters. */
  everything(): ScheduledTask[] {
    const all = [...this.#line];
    for (let task = this.#ages.oldest; task !== undefined; task = task.newer) all.push(task);
    return all;
  }

  #count(task: ScheduledTask): void {
    task.level = task.priority;
    task.agedAt = undefined;
    this.#queued += 1;
    this.#changeLevel(task, 1);
    this.#ages.add(task);
  }

  #uncount(task: ScheduledTask): void {
    this.#queued -= 1;
    if (task.lostSlot) this.#requeued -= 1;
    task.lostSlot = false;
    this.#changeLevel(task, -1);
    this.#ages.remove(task);
  }

  #changeLevel(task: ScheduledTask, change: 1 | -1): void {
    const index = Math.min(taskPriorityNames.length - 1, Math.floor(task.priority / 10));
    this.#queuedByLevel[index] = (this.#queuedByLevel[index] ?? 0) + change;
  }

  #takeFromQueue(task: ScheduledTask | undefined): ScheduledTask | undefined {
    if (task === undefined) return undefined;
    this.#queue.remove(task);
    this.#uncount(task);
    this.admit();
    return task;
  }

  /** The first of the queue whose key is free; those before it are parked. */
  #firstStartable(): ScheduledTask | undefined {
    for (;;) {
      const task = this.#queue.first();
      if (task === undefined || isKeyFree(task)) return task;
      this.#queue.remove(task);
      task.keySlots?.parked.insert(task);
    }
  }

  /** The best startable of the line, if it is more urgent than the best of the queue. */
  #takeFromLine(queued: ScheduledTask | undefined): ScheduledTask | undefined {
    const first = this.#line.first();
    if (first === undefined || (queued !== undefined && queued.level <= first.level))
      return undefined;
    if (this.#isBeyondBound) return undefined;
    let looked = 0;
    for (const task of this.#line) {
      if ((queued !== undefined && queued.level <= task.level) || looked === farthestLook) break;
      looked += 1;
      if (!isKeyFree(task)) continue;
      this.#line.remove(task);
      this.#options.onAdmitted(task);
      return task;
    }
    return undefined;
  }

  #unpark(slots: KeySlots<ScheduledTask>): void {
    if (slots.parked.size > 0) this.#age(slots.parked);
    for (let free = slots.limit - slots.running; free > 0; free -= 1) {
      const task = slots.parked.first();
      if (task === undefined) return;
      slots.parked.remove(task);
      this.#queue.insert(task);
    }
  }

  /** Lets the members of a queue rise by one level for each `everyMs` that they have waited. */
  #age(queue: TaskQueue<ScheduledTask>): void {
    if (this.#options.ageing === undefined) return;
    const { everyMs, upTo } = this.#options.ageing;
    const now = this.#options.now();
    for (const head of [...queue.heads()]) {
      let task: ScheduledTask | undefined = head;
      while (task !== undefined && task.level > upTo) {
        const agedAt: number = task.agedAt ?? task.queuedAt;
        const steps = Math.floor((now - agedAt) / everyMs);
        if (steps === 0) break;
        const next: ScheduledTask | undefined = queue.after(task);
        queue.remove(task);
        task.level = Math.max(upTo, task.level - 10 * steps);
        task.agedAt = agedAt + steps * everyMs;
        queue.insert(task);
        task = next;
      }
    }
  }

  /** Everything that `take` would look at, in its order. */
  *#inOrder(): Generator<ScheduledTask> {
    const line = this.#isBeyondBound ? [] : firstOf(this.#line, farthestLook);
    for (const task of this.#queue) {
      while (line[0] !== undefined && line[0].level < task.level) yield* line.splice(0, 1);
      yield task;
    }
    yield* line;
  }
}

function firstOf(queue: TaskQueue<ScheduledTask>, count: number): ScheduledTask[] {
  const first: ScheduledTask[] = [];
  for (const task of queue) {
    if (first.length === count) break;
    first.push(task);
  }
  return first;
}

/** How many of the line a free slot looks at for one whose key is free, so that a look stays O(1). */
const farthestLook = 32;

function isKeyFree({ keySlots }: ScheduledTask): boolean {
  return keySlots === undefined || keySlots.running < keySlots.limit;
}
