import { appendFault } from './task-log.ts';
import type { TaskSignals } from './task-signals.ts';

/** Waits for a store that takes nothing now, and tries again, in order, until it does. */
export class StorePatience {
  readonly #signals: TaskSignals;
  readonly #retryDelayMs: (attempt: number) => number;
  readonly #onUnavailable: (error: unknown) => void;
  #failures = 0;
  #waiting = false;

  constructor(options: {
    readonly signals: TaskSignals;
    readonly retryDelayMs: (attempt: number) => number;
    readonly onUnavailable: (error: unknown) => void;
  }) {
    this.#signals = options.signals;
    this.#retryDelayMs = options.retryDelayMs;
    this.#onUnavailable = options.onUnavailable;
  }

  /** Attempts that failed so far, of this task. */
  get failures(): number {
    return this.#failures;
  }

  get waiting(): boolean {
    return this.#waiting;
  }

  /** Does what needs the store. @throws what waiting cannot mend; Stopped */
  async run<T>(attempt: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; ) {
      try {
        const value = await attempt();
        this.#waiting = false;
        return value;
      } catch (error) {
        if (appendFault(error) !== 'unavailable') throw error;
        failures += 1;
        this.#failures += 1;
        this.#waiting = true;
        this.#onUnavailable(error);
        await this.#signals.delay(this.#retryDelayMs(failures));
      }
    }
  }
}
