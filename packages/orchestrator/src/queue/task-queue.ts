import { lowestPriority } from '../priority/priority.ts';

/** What a task needs to stand in a queue: its links are its own, so that leaving costs O(1). */
export interface Queueable {
  /** The level it stands at, 0 to 100. Changed only while it stands in no queue. */
  level: number;
  /** Its place among its level: lower is earlier. */
  order: number;
  queue: TaskQueue | undefined;
  next: Queueable | undefined;
  previous: Queueable | undefined;
}

/**
 * First in, first out per priority, lower priorities first.
 *
 * One linked list per level, and a bit per level that says whether it is occupied: adding, removing
 * from anywhere, and finding the first are all O(1), whatever the length.
 */
export class TaskQueue<Member extends Queueable = Queueable> {
  readonly #first: (Member | undefined)[] = [];
  readonly #last: (Member | undefined)[] = [];
  readonly #occupied = [0, 0, 0, 0];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Behind its peers. */
  push(member: Member): void {
    this.#insertBetween(member, this.#last[member.level], undefined);
  }

  /** Ahead of its peers. */
  unshift(member: Member): void {
    this.#insertBetween(member, undefined, this.#first[member.level]);
  }

  /** Where its `order` belongs; quick for one that belongs at the back or near the front. */
  insert(member: Member): void {
    const last = this.#last[member.level];
    if (last === undefined || last.order < member.order) {
      this.push(member);
      return;
    }
    let before: Member | undefined;
    let after = this.#first[member.level];
    while (after !== undefined && after.order < member.order) {
      before = after;
      after = nextOf(after);
    }
    this.#insertBetween(member, before, after);
  }

  remove(member: Member): void {
    if (member.queue !== this) return;
    const { level } = member;
    const previous = previousOf(member);
    const next = nextOf(member);
    if (previous === undefined) this.#first[level] = next;
    else previous.next = next;
    if (next === undefined) this.#last[level] = previous;
    else next.previous = previous;
    member.queue = member.next = member.previous = undefined;
    this.#size -= 1;
    if (previous === undefined && next === undefined) this.#mark(level, false);
  }

  /** The most urgent, earliest member. */
  first(): Member | undefined {
    const level = this.#size === 0 ? undefined : this.#occupiedFrom(0);
    return level === undefined ? undefined : this.#first[level];
  }

  /** The next of its level. */
  after(member: Member): Member | undefined {
    return nextOf(member);
  }

  /** All members, in the order in which they would leave. Not to be changed meanwhile. */
  *[Symbol.iterator](): Generator<Member> {
    for (const first of this.heads()) {
      for (let member: Member | undefined = first; member !== undefined; member = nextOf(member)) {
        yield member;
      }
    }
  }

  /** The first member of each occupied level, most urgent level first. */
  *heads(): Generator<Member> {
    let level = this.#occupiedFrom(0);
    while (level !== undefined) {
      const first = this.#first[level];
      if (first !== undefined) yield first;
      level = this.#occupiedFrom(level + 1);
    }
  }

  #insertBetween(member: Member, before: Member | undefined, after: Member | undefined): void {
    const { level } = member;
    member.queue = this;
    member.previous = before;
    member.next = after;
    if (before === undefined) this.#first[level] = member;
    else before.next = member;
    if (after === undefined) this.#last[level] = member;
    else after.previous = member;
    if (before === undefined && after === undefined) this.#mark(level, true);
    this.#size += 1;
  }

  #mark(level: number, occupied: boolean): void {
    const word = level >> 5;
    const bit = 1 << (level & 31);
    const bits = this.#occupied[word] ?? 0;
    this.#occupied[word] = occupied ? bits | bit : bits & ~bit;
  }

  #occupiedFrom(level: number): number | undefined {
    if (level > lowestPriority) return undefined;
    let word = level >> 5;
    let bits = (this.#occupied[word] ?? 0) & (-1 << (level & 31));
    while (bits === 0) {
      word += 1;
      if (word === this.#occupied.length) return undefined;
      bits = this.#occupied[word] ?? 0;
    }
    return (word << 5) + (31 - Math.clz32(bits & -bits));
  }
}

// A queue's members link to members of the same queue only.
const nextOf = <Member extends Queueable>(member: Member) => member.next as Member | undefined;
const previousOf = <Member extends Queueable>(member: Member) =>
  member.previous as Member | undefined;
