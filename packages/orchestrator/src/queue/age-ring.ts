/** What a member needs to leave the ring in O(1). */
export interface Aged {
  /** Its number in the ring. */
  age: number;
}

const smallest = 64;

/**
 * Members in the order they came, so that the oldest is known at any time: a ring in which those
 * that left are holes. Adding and removing are O(1), amortised; the ring has at most eight times
 * as many places as it had members, or 64.
 */
export class AgeRing<Member extends Aged> {
  #places = new Array<Member | undefined>(smallest);
  /** The number of the oldest, and of the next to come. */
  #first = 0;
  #next = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Member | undefined {
    return this.#places[this.#first & (this.#places.length - 1)];
  }

  add(member: Member): void {
    if (this.#next - this.#first === this.#places.length) this.#renumber();
    member.age = this.#next;
    this.#places[this.#next & (this.#places.length - 1)] = member;
    this.#next += 1;
    this.#size += 1;
  }

  /** Removes a member that is in the ring. */
  remove(member: Member): void {
    const places = this.#places;
    const mask = places.length - 1;
    places[member.age & mask] = undefined;
    this.#size -= 1;
    if (this.#size === 0) {
      this.#first = this.#next = 0;
      if (places.length > smallest) this.#places = new Array<Member | undefined>(smallest);
      return;
    }
    while (places[this.#first & mask] === undefined) this.#first += 1;
  }

  /** The members, oldest first. */
  *[Symbol.iterator](): Generator<Member> {
    for (let number = this.#first; number < this.#next; number += 1) {
      const member = this.#places[number & (this.#places.length - 1)];
      if (member !== undefined) yield member;
    }
  }

  /** No place is left between the oldest and the newest: closes the holes, and grows unless most were holes. */
  #renumber(): void {
    const before = this.#places;
    const mask = before.length - 1;
    const growth = this.#size * 4 > before.length ? 2 : 1;
    const places = new Array<Member | undefined>(before.length * growth);
    let next = 0;
    for (let number = this.#first; number < this.#next; number += 1) {
      const member = before[number & mask];
      if (member === undefined) continue;
      member.age = next;
      places[next] = member;
      next += 1;
    }
    this.#places = places;
    this.#first = 0;
    this.#next = next;
  }
}
