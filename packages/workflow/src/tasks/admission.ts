import { WorkflowError } from '../errors.ts';

/** How many unfinished tasks there may be, and how long a request waits for a place. */
export interface AdmissionOptions {
  /** Counts tasks, not steps. @default 100 */
  readonly maxTasks?: number;
  /** In ms; 0 refuses at once. @default 10_000 */
  readonly waitMs?: number;
}

interface Waiter {
  admit(): void;
  refuse(error: Error): void;
}

/** Places for unfinished tasks: first come, first served; a full house makes the caller wait, then refuses. */
export class Admission {
  readonly #maxTasks: number;
  readonly #waitMs: number;
  readonly #waiting = new Set<Waiter>();
  #taken = 0;

  constructor(options: AdmissionOptions = {}) {
    this.#maxTasks = options.maxTasks ?? 100;
    this.#waitMs = options.waitMs ?? 10_000;
  }

  /** Places taken, and requests that wait for one. */
  figures(): { readonly taken: number; readonly waiting: number; readonly limit: number } {
    return { taken: this.#taken, waiting: this.#waiting.size, limit: this.#maxTasks };
  }

  /** Takes a place without asking: for a task that was admitted before, in an earlier life or ending. */
  occupy(): void {
    this.#taken += 1;
  }

  /**
   * Reserves a place. Give it back with `release`.
   *
   * @throws WorkflowError `NO_ROOM` when none is free in time; the signal's reason when aborted
   */
  async reserve(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#taken < this.#maxTasks && this.#waiting.size === 0) {
      this.#taken += 1;
      return;
    }
    if (this.#waitMs <= 0) throw this.#noRoom();
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        admit: () => {
          leave();
          resolve();
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      // A signal's reason is whatever its owner gave.
      const onAbort = (): void => waiter.refuse(signal?.reason as Error);
      const timer = setTimeout(() => waiter.refuse(this.#noRoom()), this.#waitMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Refuses everyone who waits: no place will be given any more. */
  refuseAll(error: Error): void {
    for (const waiter of this.#waiting) waiter.refuse(error);
  }

  /** Gives a place back; the request that has waited longest takes it. */
  release(): void {
    const [next] = this.#waiting;
    if (next !== undefined && this.#taken <= this.#maxTasks) {
      next.admit();
      return;
    }
    this.#taken -= 1;
  }

  #noRoom(): WorkflowError {
    return new WorkflowError(
      'NO_ROOM',
      `${this.#taken} tasks are unfinished, the limit is ${this.#maxTasks}. Nothing was stored; try again later.`,
      { retryAfterSeconds: Math.max(1, Math.ceil(this.#waitMs / 1000)) },
    );
  }
}
