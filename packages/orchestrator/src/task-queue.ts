import { lowestPriority } from './priority.ts';

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
  readonly #levels: (Level<Member> | undefined)[] = [];
  readonly #occupied = [0, 0, 0, 0];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Behind its peers. */
  push(member: Member): void {
    this.#insertBetween(member, this.#levels[member.level]?.last, undefined);
  }

  /** Ahead of its peers. */
  unshift(member: Member): void {
    this.#insertBetween(member, undefined, this.#levels[member.level]?.first);
  }

  /** Where its `order` belongs; quick for one that belongs at the back or near the front. */
  insert(member: Member): void {
    const last = this.#levels[member.level]?.last;
    if (last === undefined || last.order < member.order) {
      this.push(member);
      return;
    }
    let before: Member | undefined;
    let after = this.#levels[member.level]?.first;
    while (after !== undefined && after.order < member.order) {
      before = after;
      after = nextOf(after);
    }
    this.#insertBetween(member, before, after);
  }

  remove(member: Member): void {
    const level = this.#levels[member.level];
    if (member.queue !== this || level === undefined) return;
    const previous = previousOf(member);
    const next = nextOf(member);
    if (previous === undefined) level.first = next;
    else previous.next = next;
    if (next === undefined) level.last = previous;
    else next.previous = previous;
    member.queue = member.next = member.previous = undefined;
    this.#size -= 1;
    if (level.first === undefined) this.#mark(member.level, false);
  }

  /** The most urgent, earliest member. */
  first(): Member | undefined {
    const level = this.#occupiedFrom(0);
    return level === undefined ? undefined : this.#levels[level]?.first;
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
      const first = this.#levels[level]?.first;
      if (first !== undefined) yield first;
      level = this.#occupiedFrom(level + 1);
    }
  }

  #insertBetween(member: Member, before: Member | undefined, after: Member | undefined): void {
    let level = this.#levels[member.level];
    if (level === undefined) {
      level = { first: undefined, last: undefined };
      this.#levels[member.level] = level;
    }
    member.queue = this;
    member.previous = before;
    member.next = after;
    if (before === undefined) level.first = member;
    else before.next = member;
    if (after === undefined) level.last = member;
    else after.previous = member;
    if (before === undefined && after === undefined) this.#mark(member.level, true);
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

interface Level<Member> {
  first: Member | undefined;
  last: Member | undefined;
}

// A queue's members link to members of the same queue only.
const nextOf = <Member extends Queueable>(member: Member) => member.next as Member | undefined;
const previousOf = <Member extends Queueable>(member: Member) =>
  member.previous as Member | undefined;
