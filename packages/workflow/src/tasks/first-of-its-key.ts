/**
 * Requests under one idempotency key: whoever repeats a key waits for the request that is under way
 * with it, not for a place of its own, and then finds what that one has stored.
 */
export class FirstOfItsKey {
  readonly #underWay = new Map<string, Promise<unknown>>();

  /** Runs a request at once or, where one with its key is under way, when that one has settled. */
  async run<Result>(key: string | undefined, request: () => Promise<Result>): Promise<Result> {
    if (key === undefined) return request();
    const ahead = this.#underWay.get(key);
    const running = ahead === undefined ? request() : ahead.then(request, request);
    this.#underWay.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#underWay.get(key) === running) this.#underWay.delete(key);
    }
  }
}
