/** Ends a wait or a step from outside: the log says what to do next. */
export class Interrupted extends Error {}

/** The server stops; the task goes on in its next life. */
export class Stopped extends Error {}

/**
 * What reaches a running task from outside, and the waits that it ends.
 *
 * 1. A wake is never slept through: one that comes while nobody waits ends the next wait at once.
 * 2. `listen` forgets the wakes before it; so the log is read after `listen`, never before.
 */
export class TaskSignals {
  readonly #stopping = new AbortController();
  #interruption = new AbortController();
  #draining = false;
  #woken = false;
  #onWake: (() => void) | null = null;

  /** Aborted when what runs has to end without an outcome. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted when the user has changed the task so that what runs now is not wanted any more. */
  get interruption(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Nothing new is to begin. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Something was appended for this task by another hand. */
  wake(): void {
    this.#woken = true;
    this.#onWake?.();
  }

  /** As `wake`, and what runs for this task is aborted: cancelled, or its plan has changed. */
  interrupt(): void {
    this.#interruption.abort(new Interrupted('the task was changed by its user'));
    this.#interruption = new AbortController();
    this.wake();
  }

  /** `cancel` aborts what runs, `drain` lets it finish. */
  stop(mode: 'cancel' | 'drain'): void {
    this.#draining = true;
    if (mode === 'cancel') this.#stopping.abort(new Stopped('the workflow is closing'));
    this.wake();
  }

  /** @throws Stopped when the task is to stop, draining too */
  throwIfStopping(): void {
    this.#stopping.signal.throwIfAborted();
    if (this.#draining) throw new Stopped('the workflow is closing');
  }

  /** From here on a wake counts. */
  listen(): void {
    this.#woken = false;
  }

  /** Calls this at each wake, one that has come already included, until the returned function is called. */
  onWake(call: () => void): () => void {
    this.#onWake = call;
    if (this.#woken) call();
    return () => {
      if (this.#onWake === call) this.#onWake = null;
    };
  }

  /** Resolves at the next wake. */
  async untilWoken(): Promise<void> {
    const woken = Promise.withResolvers<void>();
    const leave = this.onWake(woken.resolve);
    await woken.promise;
    leave();
    this.listen();
  }

  /** Resolves after this time, or at a wake. @throws Stopped when the task is to stop, draining too */
  async delay(ms: number): Promise<void> {
    this.throwIfStopping();
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    const leave = this.onWake(over.resolve);
    await over.promise;
    clearTimeout(timer);
    leave();
    this.listen();
    this.throwIfStopping();
  }
}
