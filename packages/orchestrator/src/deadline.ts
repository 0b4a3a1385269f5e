import type { Clock, ClockTimer } from './clock.ts';

/** Something that must happen at a time. It carries its own place in the heap, so that moving and removing it is cheap. */
export interface DeadlineEntry {
  /** When, in the clock's time. */
  deadline: number;
  /** Made by `set`: of two deadlines at one time the one that was set first comes first. */
  deadlineOrder: number;
  /** Place in the heap; −1 while it is in none. */
  heapIndex: number;
  onDeadline(): void;
}

/** The longest delay `setTimeout` keeps; beyond it, it would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * All deadlines of one orchestrator on a single timer: a binary heap whose earliest entry arms it.
 * Setting and clearing cost O(log n) and no timer call, unless the entry becomes the earliest.
 * Delays of any length work; nothing is called before its time; `Infinity` is never.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: DeadlineEntry[] = [];
  #timer: ClockTimer | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #sets = 0;
  readonly #onTimer = (): void => this.#fire();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Sets (or moves) the entry's deadline. */
  set(entry: DeadlineEntry, deadline: number): void {
    if (deadline === Number.POSITIVE_INFINITY) {
      this.clear(entry);
      return;
    }
    entry.deadline = deadline;
    this.#sets += 1;
    entry.deadlineOrder = this.#sets;
    if (entry.heapIndex === -1) {
      entry.heapIndex = this.#heap.push(entry) - 1;
      this.#up(entry, entry.heapIndex);
    } else {
      this.#up(entry, entry.heapIndex);
      this.#down(entry, entry.heapIndex);
    }
    if (deadline < this.#armedFor) this.#arm(deadline);
  }

  /** Removes the entry, if it is set. The timer stays, for the next one; see `rest`. */
  clear(entry: DeadlineEntry): void {
    const hole = entry.heapIndex;
    if (hole === -1) return;
    entry.heapIndex = -1;
    const last = this.#heap.pop();
    if (last !== undefined && last !== entry) {
      this.#up(last, hole);
      this.#down(last, last.heapIndex);
    }
  }

  /** Cancels the timer if nothing is set: to be called when all is quiet, so that no process waits for it. */
  rest(): void {
    if (this.#heap.length === 0) this.#disarm();
  }

  #fire(): void {
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.deadline <= now; ) {
      this.clear(first);
      first.onDeadline();
      first = this.#heap[0];
    }
    const next = this.#heap[0];
    if (next !== undefined && next.deadline < this.#armedFor) this.#arm(next.deadline);
  }

  #arm(deadline: number): void {
    this.#timer?.cancel();
    this.#armedFor = deadline;
    // Timers count whole milliseconds and may be early by a part of one: rounded up, at least 1.
    const delay = Math.max(1, Math.ceil(deadline - this.#clock.now()));
    this.#timer = this.#clock.setTimer(this.#onTimer, Math.min(delay, longestTimer));
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #up(entry: DeadlineEntry, start: number): void {
    const heap = this.#heap;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    heap[index] = entry;
    entry.heapIndex = index;
  }

  #down(entry: DeadlineEntry, start: number): void {
    const heap = this.#heap;
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (!isBefore(child, entry)) break;
      heap[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    heap[index] = entry;
    entry.heapIndex = index;
  }
}

function isBefore(one: DeadlineEntry, other: DeadlineEntry): boolean {
  return one.deadline === other.deadline
    ? one.deadlineOrder < other.deadlineOrder
    : one.deadline < other.deadline;
}
