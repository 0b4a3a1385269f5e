import type { WorkerStats } from '../observe/stats.ts';
import { type DeadlineEntry, type Deadlines, unset } from '../time/deadlines.ts';

export interface WorkersOptions {
  readonly count: number;
  readonly deadlines: Deadlines;
  readonly now: () => number;
  /**
   * One turn of a worker's loop: takes a slot, then a task, and starts it, all in one step. False
   * if there is nothing to start.
   */
  readonly turn: (workerId: number) => boolean;
  readonly onCrash: (workerId: number, error: unknown) => void;
  readonly onRestart: (workerId: number, restarts: number) => void;
}

/**
 * The dispatch workers and their supervisor. The workers take turns. One whose turn throws has
 * crashed: the others go on, and it is restarted, at once at first, then after a delay that doubles
 * with each crash in a row, up to a second.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #workers: DispatchWorker[];
  #next = 0;

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#workers = Array.from({ length: options.count }, (_, id) => ({
      ...unset,
      id,
      state: 'ready',
      dispatched: 0,
      restarts: 0,
      crashesInRow: 0,
      onDeadline: () => this.#restart(id),
    }));
  }

  /** Lets the next worker that is up take a turn. False if none is, or there is nothing to do. */
  turn(): boolean {
    const worker = this.#nextReady();
    if (worker === undefined) return false;
    try {
      const started = this.#options.turn(worker.id);
      if (started) {
        worker.dispatched += 1;
        worker.crashesInRow = 0;
      }
      return started;
    } catch (error) {
      this.#crash(worker, error);
      return true;
    }
  }

  stats(): WorkerStats[] {
    return this.#workers.map(({ id, state, dispatched, restarts }) => ({
      id,
      state,
      dispatched,
      restarts,
    }));
  }

  close(): void {
    for (const worker of this.#workers) this.#options.deadlines.clear(worker);
  }

  #nextReady(): DispatchWorker | undefined {
    for (let tried = 0; tried < this.#workers.length; tried += 1) {
      const worker = this.#workers[this.#next];
      this.#next += 1;
      if (this.#next === this.#workers.length) this.#next = 0;
      if (worker?.state === 'ready') return worker;
    }
    return undefined;
  }

  #crash(worker: DispatchWorker, error: unknown): void {
    worker.state = 'crashed';
    worker.crashesInRow += 1;
    const delay =
      worker.crashesInRow === 1 ? 0 : Math.min(1_000, 10 * 2 ** (worker.crashesInRow - 2));
    this.#options.deadlines.set(worker, this.#options.now() + delay);
    this.#options.onCrash(worker.id, error);
  }

  #restart(id: number): void {
    const worker = this.#workers[id];
    if (worker === undefined) return;
    worker.state = 'ready';
    worker.restarts += 1;
    this.#options.onRestart(id, worker.restarts);
  }
}

interface DispatchWorker extends DeadlineEntry {
  readonly id: number;
  state: 'ready' | 'crashed';
  dispatched: number;
  restarts: number;
  crashesInRow: number;
}
