import type { Clock, ClockTimer } from './clock.ts';

/** Something that must happen at a time. It carries its own place in the heap, so that moving and removing it is cheap. */
export interface DeadlineEntry {
  /** When, in the clock's time; `Infinity` while it is suspended. */
  deadline: number;
  /** Made by `set`: of two deadlines at one time the one that was set first comes first. */
  deadlineOrder: number;
  /** The time and order by which it stands in the heap: its own, or those of an earlier deadline. */
  heapKey: number;
  heapOrder: number;
  /** Place in the heap; −1 while it is in none. */
  heapIndex: number;
  onDeadline(): void;
}

/** The longest delay `setTimeout` keeps; beyond it, it would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * All deadlines of one orchestrator on a single timer: a binary heap whose earliest entry arms it.
 *
 * 1. Nothing is called before its time, delays of any length work, `Infinity` is never.
 * 2. An entry may stand in the heap by an earlier time than its deadline, never by a later one. When
 *    that time comes it moves on. So an entry that is used again and again, as a slot's is, with one
 *    deadline after the other, costs a heap operation only when its old time comes.
 * 3. The timer is armed for the first of the heap or earlier, and is gone after `rest` if nothing is
 *    set.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: DeadlineEntry[] = [];
  #suspended = 0;
  #timer: ClockTimer | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #sets = 0;
  readonly #onTimer = (): void => this.#fire();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Entries that have a deadline. */
  get size(): number {
    return this.#heap.length - this.#suspended;
  }

  /** Sets (or moves) the entry's deadline. */
  set(entry: DeadlineEntry, deadline: number): void {
    if (deadline === Number.POSITIVE_INFINITY) {
      this.clear(entry);
      return;
    }
    this.#sets += 1;
    entry.deadlineOrder = this.#sets;
    if (entry.heapIndex === -1) {
      this.#place(entry, { deadline, index: this.#heap.push(entry) - 1 });
      return;
    }
    if (entry.deadline === Number.POSITIVE_INFINITY) this.#suspended -= 1;
    if (deadline > entry.heapKey) entry.deadline = deadline;
    else this.#place(entry, { deadline, index: entry.heapIndex });
  }

  /** Removes the entry, if it is set. The timer stays, for the next one; see `rest`. */
  clear(entry: DeadlineEntry): void {
    const hole = entry.heapIndex;
    if (hole === -1) return;
    if (entry.deadline === Number.POSITIVE_INFINITY) this.#suspended -= 1;
    entry.heapIndex = -1;
    const last = this.#heap.pop();
    if (last !== undefined && last !== entry) {
      this.#up(last, hole);
      this.#down(last, last.heapIndex);
    }
  }

  /** As `clear`, for an entry that will soon be set again: it keeps its place. */
  suspend(entry: DeadlineEntry): void {
    if (entry.heapIndex === -1 || entry.deadline === Number.POSITIVE_INFINITY) return;
    entry.deadline = Number.POSITIVE_INFINITY;
    this.#suspended += 1;
  }

  /** Cancels the timer if nothing is set: to be called when all is quiet, so that no process waits for it. */
  rest(): void {
    if (this.size > 0) return;
    for (const entry of this.#heap) entry.heapIndex = -1;
    this.#heap.length = this.#suspended = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.heapKey <= now; ) {
      if (first.deadline > now && first.deadline !== Number.POSITIVE_INFINITY) {
        this.#moveOn(first);
      } else {
        const isDue = first.deadline <= now;
        this.clear(first);
        if (isDue) first.onDeadline();
      }
      first = this.#heap[0];
    }
    const next = this.#heap[0];
    if (next !== undefined && next.heapKey < this.#armedFor) this.#arm(next.heapKey);
  }

  #place(entry: DeadlineEntry, { deadline, index }: { deadline: number; index: number }): void {
    entry.deadline = deadline;
    entry.heapKey = deadline;
    entry.heapOrder = entry.deadlineOrder;
    this.#up(entry, index);
    this.#down(entry, entry.heapIndex);
    if (deadline < this.#armedFor) this.#arm(deadline);
  }

  #moveOn(entry: DeadlineEntry): void {
    entry.heapKey = entry.deadline;
    entry.heapOrder = entry.deadlineOrder;
    this.#down(entry, entry.heapIndex);
  }

  #arm(deadline: number): void {
    this.#timer?.cancel();
    this.#armedFor = deadline;
    // Timers count whole milliseconds and may be early by a part of one: rounded up, at least 1.
    const delay = Math.max(1, Math.ceil(deadline - this.#clock.now()));
    this.#timer = this.#clock.setTimer(this.#onTimer, Math.min(delay, longestTimer));
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
  return one.heapKey === other.heapKey
    ? one.heapOrder < other.heapOrder
    : one.heapKey < other.heapKey;
}

/** The fields of an entry that is not set. */
export const unset = {
  deadline: 0,
  deadlineOrder: 0,
  heapKey: 0,
  heapOrder: 0,
  heapIndex: -1,
};
