import type { Admission } from '../admission/admission.ts';
import { WorkerCrashedError } from '../errors/failures.ts';
import type { OrchestratorSettings } from '../options/parse-options.ts';
import type { KeySlots } from '../queue/key-limits.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Deadlines } from '../time/deadlines.ts';
import type { SchedulerOwner } from './scheduler-owner.ts';
import { Workers } from './workers.ts';

/** By whom and when a task is started. */
export interface Start {
  workerId: number;
  startedAt: number;
}

interface DispatcherParts {
  readonly settings: OrchestratorSettings;
  readonly deadlines: Deadlines;
  readonly admission: Admission;
  readonly owner: SchedulerOwner;
  /** Starts a task in a slot that is free. Throws nothing. */
  readonly start: (task: ScheduledTask, start: Readonly<Start>) => void;
  readonly onRestart: () => void;
}

/** How often starting a task may crash its worker before the task is given up. */
const crashesPerTask = 3;

/**
 * Takes tasks from the queue to their start, each by a worker that may crash on the way: then the
 * task goes back to the head of its queue, and nothing is lost or run twice.
 */
export class Dispatcher {
  readonly workers: Workers;
  readonly #parts: DispatcherParts;
  readonly #crashes = new WeakMap<ScheduledTask, number>();
  /** A task between queue and start. A hook or listener can cancel it there, so its key is kept beside it. */
  #inHand: ScheduledTask | undefined = undefined;
  #keyInHand: KeySlots<ScheduledTask> | undefined = undefined;
  /** The latest; one object for all. */
  readonly #start: Start = { workerId: 0, startedAt: 0 };

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.workers = new Workers({
      count: parts.settings.workers,
      deadlines: parts.deadlines,
      now: () => parts.settings.clock.now(),
      turn: (workerId) => this.#takeAndStart(workerId),
      onCrash: (workerId, error) => this.#onCrash(workerId, error),
      onRestart: (workerId, restarts) => {
        parts.owner.onRestart({ workerId, restarts });
        parts.onRestart();
      },
    });
  }

  /** Lets a worker take and start the best task. False if no worker is up, or nothing can start. */
  startNext(): boolean {
    return this.workers.turn();
  }

  close(): void {
    this.workers.close();
  }

  #takeAndStart(workerId: number): boolean {
    const { settings, admission, start } = this.#parts;
    const task = admission.take();
    if (task === undefined) return false;
    this.#inHand = task;
    this.#keyInHand = task.keySlots;
    if (settings.onDispatch !== undefined && !task.settled) this.#callHook(task, workerId);
    const startedAt = settings.clock.now();
    if (task.settled) {
      this.#dropInHand();
    } else {
      this.#inHand = undefined;
      this.#start.workerId = workerId;
      this.#start.startedAt = startedAt;
      start(task, this.#start);
    }
    return true;
  }

  #callHook(task: ScheduledTask, workerId: number): void {
    const { id: taskId, priority, attempt } = task;
    this.#parts.settings.onDispatch?.({ workerId, taskId, priority, attempt: attempt + 1 });
  }

  /** Gives back what was taken with a task that is not started after all. */
  #dropInHand(): void {
    const keySlots = this.#keyInHand;
    this.#inHand = this.#keyInHand = undefined;
    if (keySlots !== undefined) this.#parts.admission.releaseKey(keySlots);
  }

  #onCrash(workerId: number, error: unknown): void {
    const { admission, owner } = this.#parts;
    const task = this.#inHand;
    this.#dropInHand();
    owner.onCrash({ workerId, error, taskId: task?.id });
    if (task === undefined || task.settled) return;
    const crashes = (this.#crashes.get(task) ?? 0) + 1;
    this.#crashes.set(task, crashes);
    if (crashes < crashesPerTask) {
      admission.queued.unshift(task);
      task.state = 'queued';
    } else {
      owner.onFailed(task, new WorkerCrashedError(crashes, { cause: error }));
    }
  }
}
