/** The work of all tasks of a run, and the proof that it was done as it should. */
export class Check {
  readonly #concurrency: number;
  #done = 0;
  #running = 0;
  #most = 0;
  #level = 0;
  #inversions = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  async work(level: number): Promise<void> {
    this.#running += 1;
    if (this.#running > this.#most) this.#most = this.#running;
    if (level < this.#level) this.#inversions += 1;
    this.#level = level;
    await Promise.resolve();
    this.#running -= 1;
    this.#done += 1;
  }

  verify(count: number, { ordered }: { readonly ordered: boolean }): void {
    const [done, most, inversions] = [this.#done, this.#most, this.#inversions];
    // Those that start at the first submit, before there is a backlog, are not in order.
    if (done !== count || most > this.#concurrency || (ordered && inversions > this.#concurrency)) {
      throw new Error(`Wrong: ${JSON.stringify({ done, count, most, inversions })}`);
    }
  }
}
