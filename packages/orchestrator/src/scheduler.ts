import { Admission } from './admission.ts';
import type { Deadlines } from './deadline.ts';
import { isUnrecoverable, TaskPreemptedError, WorkerCrashedError } from './errors.ts';
import type { KeySlots } from './key-limits.ts';
import type { OrchestratorSettings } from './parse-options.ts';
import { RunningTasks } from './running-tasks.ts';
import type { ScheduledTask } from './scheduled-task.ts';
import type { TaskOutcome } from './task.ts';
import { TaskRun } from './task-run.ts';
import { Workers } from './worker.ts';

/** What the scheduler tells its owner. */
export interface SchedulerHooks {
  /** A task that stood in line got a place. */
  onAdmitted(task: ScheduledTask): void;
  onQueued(task: ScheduledTask): void;
  onStarted(run: TaskRun, workerId: number): void;
  onProgress(run: TaskRun, value: unknown): void;
  /** The time of a run that nobody has told to stop is up. */
  onTimeout(run: TaskRun): void;
  /** The function of a task that had not settled has returned or thrown; its slot is free. */
  onReturned(run: TaskRun, returned: Returned): void;
  /** The function of a task that had settled before has stopped at last; its slot is free. */
  onStopped(run: TaskRun): void;
  onPreempting(run: TaskRun, by: ScheduledTask): void;
  onAbandoned(run: TaskRun): void;
  /** Starting this task has crashed too many workers. */
  onGivenUp(task: ScheduledTask, error: WorkerCrashedError): void;
  onCrash(crash: { workerId: number; error: unknown; taskId: string | undefined }): void;
  onRestart(restart: { workerId: number; restarts: number }): void;
  /** The length of the queue may have changed. */
  onChange(): void;
}

interface InHand {
  readonly task: ScheduledTask;
  readonly keySlots: KeySlots<ScheduledTask> | undefined;
}

/** What a function has come to: a value, or an error. */
export type Returned = Extract<TaskOutcome, { state: 'completed' }> | FailedOutcome;
type FailedOutcome = { readonly state: 'failed'; readonly error: unknown };

/** `then` of it is a microtask, for less than `queueMicrotask` costs in Node. */
const resolved = Promise.resolve();
/** A listener has cancelled the task between its start and the call of its function. */
const notCalled: Returned = { state: 'completed', value: undefined };
/** Starts after which timers and I/O get their turn, however short the tasks are. */
const startsBeforePolling = 1_024;
/** How often starting a task may crash its worker before the task is given up. */
const crashesPerTask = 3;

/**
 * Decides when what runs.
 *
 * 1. Never more than `maxConcurrent` functions run: a slot is held until the function has settled,
 *    whatever became of its task, or until `abandonAfterMs` after it was told to stop.
 * 2. A worker takes a slot first and a task second, and starts it in the same step: nothing ever
 *    waits between queue and slot.
 * 3. What is submitted in one turn of the event loop is dispatched after that turn, best first. Until
 *    then nothing is dispatched at all, so that nothing overtakes it.
 */
export class Scheduler {
  readonly admission: Admission;
  readonly running = new RunningTasks();
  readonly abandoned = new Set<TaskRun>();
  readonly workers: Workers;
  readonly #settings: OrchestratorSettings;
  readonly #deadlines: Deadlines;
  readonly #hooks: SchedulerHooks;
  maxConcurrent: number;
  #paused = false;
  #dispatching = false;
  #turnScheduled = false;
  #starts = 0;
  /** A task between queue and start. A hook or listener can cancel it there, so its key is kept beside it. */
  #inHand: InHand | undefined;
  /** What `nextTick` is given in a microtask runs once no microtask is left: this turn is over then. */
  readonly #onMicrotask = (): void => process.nextTick(this.#onTurnEnd);
  readonly #onTurnEnd = (): void => {
    this.#turnScheduled = false;
    this.#dispatch();
  };
  readonly #onImmediate = (): void => {
    this.#starts = 0;
    this.#onTurnEnd();
  };

  constructor(settings: OrchestratorSettings, deadlines: Deadlines, hooks: SchedulerHooks) {
    this.#settings = settings;
    this.#deadlines = deadlines;
    this.#hooks = hooks;
    this.maxConcurrent = settings.maxConcurrent;
    const now = (): number => settings.clock.now();
    this.admission = new Admission({
      ...settings,
      now,
      onAdmitted: (task) => hooks.onAdmitted(task),
    });
    this.workers = new Workers({
      count: settings.workers,
      deadlines,
      now,
      turn: (workerId) => this.#startNext(workerId),
      onCrash: (workerId, error) => this.#onCrash(workerId, error),
      onRestart: (workerId, restarts) => {
        hooks.onRestart({ workerId, restarts });
        this.scheduleTurn();
      },
    });
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Puts a task into the queue; there is room, or it needs none. */
  enqueue(task: ScheduledTask): void {
    this.admission.enqueue(task);
    task.state = 'queued';
    this.#hooks.onQueued(task);
    this.scheduleTurn();
    this.#hooks.onChange();
  }

  /** Puts a task in line; a free slot may take it from there, past a queue that waits for its keys. */
  wait(task: ScheduledTask): void {
    this.admission.wait(task);
    this.scheduleTurn();
  }

  /** Takes a task out of queue or line. */
  remove(task: ScheduledTask): void {
    if (task.queue === undefined) return;
    this.admission.remove(task);
    this.scheduleTurn();
    this.#hooks.onChange();
  }

  /** A task between two attempts is gone, and with it the room it kept. */
  forgetRetry(): void {
    this.admission.retrying -= 1;
    this.admission.admit();
    this.scheduleTurn();
    this.#hooks.onChange();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.scheduleTurn();
  }

  /** Lets the workers look for work after this turn of the event loop. */
  scheduleTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    void resolved.then(this.#onMicrotask);
  }

  /** Tells the function of a settled task to stop. It has `abandonAfterMs` to do so. */
  stop(run: TaskRun, reason: unknown): void {
    this.running.setPhase(run, 'stopping');
    this.#deadlines.set(run, this.#settings.clock.now() + this.#settings.abandonAfterMs);
    run.abort(reason);
  }

  onRunDeadline(run: TaskRun): void {
    if (run.phase === 'stopping') this.#abandon(run);
    else this.#hooks.onTimeout(run);
  }

  onProgress(run: TaskRun, value: unknown): void {
    this.#hooks.onProgress(run, value);
  }

  /** No timer of this scheduler is left; what still runs is on its own. */
  close(): void {
    this.workers.close();
    for (const run of this.running.all) this.#deadlines.clear(run);
  }

  #dispatch(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      while (this.#mayStart() && this.workers.turn()) {
        this.#starts += 1;
        if (this.#starts >= startsBeforePolling && !this.#turnScheduled) {
          this.#turnScheduled = true;
          setImmediate(this.#onImmediate);
        }
      }
      if (this.running.hasPreemptible && !this.#paused) this.#preempt();
    } finally {
      this.#dispatching = false;
    }
    this.#hooks.onChange();
  }

  #mayStart(): boolean {
    return this.running.size < this.maxConcurrent && !this.#paused && !this.#turnScheduled;
  }

  /** One turn of a worker: the slot is free, the task is taken and started. */
  #startNext(workerId: number): boolean {
    const task = this.admission.take();
    if (task === undefined) return false;
    const { onDispatch, clock } = this.#settings;
    this.#inHand = { task, keySlots: task.keySlots };
    if (onDispatch !== undefined && !task.settled) {
      const { id: taskId, priority, attempt } = task;
      onDispatch({ workerId, taskId, priority, attempt: attempt + 1 });
    }
    const now = clock.now();
    if (task.settled) {
      this.#dropInHand();
      return true;
    }
    this.#inHand = undefined;
    this.#start(task, { workerId, now });
    return true;
  }

  #start(task: ScheduledTask, { workerId, now }: { workerId: number; now: number }): void {
    task.state = 'running';
    task.attempt += 1;
    if (task.wait !== undefined) this.#deadlines.clear(task.wait);
    const run = new TaskRun(this, task, now);
    task.run = run;
    this.running.add(run);
    const { timeoutMs } = task.settings.limits;
    if (timeoutMs !== Number.POSITIVE_INFINITY) this.#deadlines.set(run, now + timeoutMs);
    this.#hooks.onStarted(run, workerId);
    if (task.settled) this.#onReturned(run, notCalled);
    else this.#call(run);
  }

  #call(run: TaskRun): void {
    const { task, work } = run.task.settings;
    let returned: unknown;
    try {
      returned = work.call(task, run);
    } catch (error) {
      this.#onReturned(run, { state: 'failed', error });
      return;
    }
    if (!isThenable(returned)) {
      this.#onReturned(run, { state: 'completed', value: returned });
      return;
    }
    // A thenable of another make may throw when asked, or answer twice.
    const promise = returned instanceof Promise ? returned : Promise.resolve(returned);
    promise.then(
      (value: unknown) => this.#onReturned(run, { state: 'completed', value }),
      (error: unknown) => this.#onReturned(run, { state: 'failed', error }),
    );
  }

  #onReturned(run: TaskRun, returned: Returned): void {
    const { task, phase } = run;
    if (phase === 'abandoned') {
      this.abandoned.delete(run);
      return;
    }
    this.#freeSlot(run);
    if (task.settled) {
      this.#hooks.onStopped(run);
    } else if (phase === 'preempting' && isWorthAnotherRun(returned)) {
      task.attempt -= 1;
      task.state = 'queued';
      this.admission.requeue(task);
      this.#hooks.onQueued(task);
    } else {
      this.#hooks.onReturned(run, returned);
    }
    this.#dispatchUnlessScheduled();
  }

  #dispatchUnlessScheduled(): void {
    if (!this.#turnScheduled) this.#dispatch();
  }

  #freeSlot(run: TaskRun): void {
    this.running.remove(run);
    this.#deadlines.clear(run);
    const { task } = run;
    task.run = undefined;
    if (task.keySlots !== undefined) this.admission.releaseKey(task.keySlots);
  }

  #abandon(run: TaskRun): void {
    this.#freeSlot(run);
    run.phase = 'abandoned';
    this.abandoned.add(run);
    this.#hooks.onAbandoned(run);
    this.#dispatchUnlessScheduled();
  }

  /** One slot for each of the best waiting tasks that may take one, beyond those already on the way. */
  #preempt(): void {
    while (this.running.size >= this.maxConcurrent && this.running.hasPreemptible) {
      const needed = this.running.preempting + 1;
      const candidate = this.admission.candidates(needed)[needed - 1];
      const victim = candidate && this.running.victimFor(candidate.priority);
      if (candidate === undefined || victim === undefined) return;
      this.running.setPhase(victim, 'preempting');
      this.#hooks.onPreempting(victim, candidate);
      victim.abort(new TaskPreemptedError());
    }
  }

  /** Gives back what was taken with a task that is not started after all. */
  #dropInHand(): void {
    const keySlots = this.#inHand?.keySlots;
    this.#inHand = undefined;
    if (keySlots !== undefined) this.admission.releaseKey(keySlots);
  }

  #onCrash(workerId: number, error: unknown): void {
    const task = this.#inHand?.task;
    this.#dropInHand();
    this.#hooks.onCrash({ workerId, error, taskId: task?.id });
    if (task === undefined || task.settled) return;
    task.crashes += 1;
    if (task.crashes < crashesPerTask) {
      this.admission.requeue(task);
      task.state = 'queued';
    } else {
      this.#hooks.onGivenUp(task, new WorkerCrashedError(task.crashes, { cause: error }));
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** Not if it has finished nevertheless, or says that it never will. */
function isWorthAnotherRun(returned: Returned): boolean {
  return returned.state === 'failed' && !isUnrecoverable(returned.error);
}
