/** Whole numbers from 0 to 2³² − 1, one after the other in one typed array that grows. */
export class GrowingNumbers {
  #array = new Uint32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The one at a place below `length`. */
  at(place: number): number {
    return this.#array[place] as number;
  }

  push(number: number): void {
    if (this.#length === this.#array.length) this.#grow(this.#length + 1);
    this.#array[this.#length++] = number;
  }

  append(numbers: Uint32Array): void {
    const length = this.#length + numbers.length;
    if (length > this.#array.length) this.#grow(length);
    this.#array.set(numbers, this.#length);
    this.#length = length;
  }

  /** Those from `start` to before `end`; not to be kept while more come. */
  view(start = 0, end = this.#length): Uint32Array {
    return this.#array.subarray(start, end);
  }

  #grow(least: number): void {
    const larger = new Uint32Array(Math.max(least, 2 * this.#array.length));
    larger.set(this.view());
    this.#array = larger;
  }
}
