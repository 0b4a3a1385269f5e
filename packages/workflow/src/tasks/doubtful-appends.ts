/**
 * Tasks of which a failed append may have reached the log all the same: a write that fails is known to be
 * lost or stored only when the store has been opened again. Then they are looked at once more, so that what
 * stands in the log is acted upon even if nobody asks again.
 */
export class DoubtfulAppends {
  readonly #taskIds = new Set<string>();
  readonly #isBack: () => boolean;
  readonly #lookAgain: (taskId: string) => void;
  readonly #retryDelayMs: (attempt: number) => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly isBack: () => boolean;
    readonly lookAgain: (taskId: string) => void;
    readonly retryDelayMs: (attempt: number) => number;
  }) {
    this.#isBack = options.isBack;
    this.#lookAgain = options.lookAgain;
    this.#retryDelayMs = options.retryDelayMs;
  }

  add(taskId: string): void {
    this.#taskIds.add(taskId);
    if (this.#timer === undefined) this.#lookLater(1);
  }

  /** The next life reads the log anyway. */
  close(): void {
    clearTimeout(this.#timer);
    this.#taskIds.clear();
  }

  #lookLater(attempt: number): void {
    this.#timer = setTimeout(() => this.#look(attempt), this.#retryDelayMs(attempt));
    this.#timer.unref();
  }

  #look(attempt: number): void {
    this.#timer = undefined;
    if (!this.#isBack()) {
      this.#lookLater(attempt + 1);
      return;
    }
    const taskIds = [...this.#taskIds];
    this.#taskIds.clear();
    for (const taskId of taskIds) this.#lookAgain(taskId);
  }
}
