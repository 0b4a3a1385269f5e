import { InvalidOptionError } from './errors/bad-input.ts';
import { isOrchestratorError } from './errors/orchestrator-error.ts';
import { ShutdownError } from './errors/refusals.ts';
import type { DeadLetter } from './lifecycle/dead-letters.ts';
import type { Patience } from './lifecycle/intake.ts';
import { Shutdown, type ShutdownOptions } from './lifecycle/shutdown.ts';
import { TaskLifecycle } from './lifecycle/task-lifecycle.ts';
import { BackpressureMonitor } from './observe/backpressure-monitor.ts';
import { Emitter } from './observe/emitter.ts';
import type { OrchestratorEvents, ShutdownReport } from './observe/orchestrator-events.ts';
import type { OrchestratorStats } from './observe/stats.ts';
import type { OrchestratorOptions } from './options/orchestrator-options.ts';
import { count, type OrchestratorSettings, parseOptions } from './options/parse-options.ts';
import { type PriorityInput, parsePriority } from './priority/priority.ts';
import type { Scheduler } from './run/scheduler.ts';
import { parseThreadModule } from './run/thread.ts';
import type { ScheduledTask } from './task/scheduled-task.ts';
import type { FunctionTask, Task, TaskHandle, TaskHandler, TrySubmitResult } from './task/task.ts';
import { Deadlines } from './time/deadlines.ts';

/**
 * A bounded priority task queue with supervision and backpressure.
 *
 * Every handle settles exactly once, and its task leaves every list in the same step.
 */
export class TaskOrchestrator implements AsyncDisposable {
  /** Watches this orchestrator's queue. */
  readonly backpressure: BackpressureMonitor;

  readonly #settings: OrchestratorSettings;
  readonly #events: Emitter<OrchestratorEvents>;
  readonly #deadlines: Deadlines;
  readonly #tasks: TaskLifecycle;
  readonly #scheduler: Scheduler;
  #onIdle: (() => void)[] = [];
  #shutdown: Shutdown | undefined;

  /** @throws InvalidOptionError naming the option */
  constructor(options: OrchestratorOptions = {}) {
    const settings = parseOptions(options);
    this.#settings = settings;
    this.#events = new Emitter(settings.onListenerError);
    this.#deadlines = new Deadlines(settings.clock);
    const { clock, onListenerError } = settings;
    this.backpressure = new BackpressureMonitor(this, {
      ...settings.backpressure,
      clock,
      onListenerError,
    });
    this.backpressure.on('alert', (alert) => this.#events.emit('backpressure', alert));
    this.#tasks = new TaskLifecycle({
      settings,
      events: this.#events,
      deadlines: this.#deadlines,
      onChange: (utilisation) => this.backpressure.observe(utilisation),
      onIdle: () => this.#becomeIdle(),
    });
    this.#scheduler = this.#tasks.scheduler;
  }

  /**
   * Submits a task. The handle is there at once; while there is no room, the task waits in line (by
   * priority, then arrival) and `handle.accepted` is pending. Nothing starts before the end of this
   * turn of the event loop.
   *
   * @throws at once, for what is known at once: InvalidTaskError, InvalidPriorityError,
   * UnknownKindError, DuplicateTaskError, CircularDependencyError, UnknownDependencyError,
   * QueueFullError (`submitTimeoutMs: 0`, `maxWaiting`, `maxBlocked`), ShutdownError.
   */
  submit<Result>(task: FunctionTask<Result>): TaskHandle<Result>;
  submit<Result = unknown>(task: Task<Result>): TaskHandle<Result>;
  submit(task: Task): TaskHandle {
    return this.#submit(task, 'waits');
  }

  /** As `submit`, but never waits, and answers with a reason instead of an error that only time can mend. */
  trySubmit<Result>(task: FunctionTask<Result>): TrySubmitResult<Result>;
  trySubmit<Result = unknown>(task: Task<Result>): TrySubmitResult<Result>;
  trySubmit(task: Task): TrySubmitResult {
    try {
      return { accepted: true, handle: this.#submit(task, 'asks-once') };
    } catch (error) {
      if (isOrchestratorError(error, 'QUEUE_FULL')) return { accepted: false, reason: 'full' };
      if (isOrchestratorError(error, 'DUPLICATE_TASK'))
        return { accepted: false, reason: 'duplicate' };
      if (isOrchestratorError(error, 'SHUTDOWN')) return { accepted: false, reason: 'shutdown' };
      throw error;
    }
  }

  /**
   * Says what tasks of a kind do: a function `(payload, context) => result`, or a module for a thread.
   * @throws InvalidOptionError if the kind is registered already
   */
  register(kind: string, handler: TaskHandler): void {
    if (typeof kind !== 'string' || kind === '' || this.#tasks.intake.handlers.has(kind)) {
      throw new InvalidOptionError('kind', kind, 'a name that is not registered yet');
    }
    if (typeof handler !== 'function') parseThreadModule(handler);
    this.#tasks.intake.handlers.set(kind, handler);
  }

  /** The handle of a task that is unfinished or still remembered. */
  get(id: string): TaskHandle | undefined {
    return this.#tasks.books.registry.get(id);
  }

  /** Cancels a task wherever it is. False if the id is not known or the task has settled. */
  cancel(id: string, reason?: unknown): boolean {
    return this.#tasks.books.registry.get(id)?.cancel(reason) ?? false;
  }

  /** Forgets a finished task, so that its id can be used again. False if there is none of this id. */
  forget(id: string): boolean {
    return this.#tasks.books.registry.forget(id);
  }

  /** Starts nothing any more until `resume`; what runs goes on, and submits are accepted. */
  pause(): void {
    if (this.#scheduler.paused || this.#shutdown !== undefined) return;
    this.#scheduler.pause(true);
    this.#events.emit('paused', {});
  }

  resume(): void {
    if (!this.#scheduler.paused) return;
    this.#scheduler.pause(false);
    this.#events.emit('resumed', {});
  }

  /**
   * Moves a waiting task behind its new peers; a running one is seen by preemption as this urgent.
   * False if the id is not known or the task has settled.
   * @throws InvalidPriorityError
   */
  setPriority(id: string, priority: PriorityInput): boolean {
    const level = parsePriority(priority);
    const task = this.#tasks.books.registry.get(id);
    if (task === undefined || task.settled) return false;
    this.#scheduler.admission.setPriority(task, level);
    this.#scheduler.turn.awaitEnd();
    return true;
  }

  /** Changes `maxConcurrent`. Fewer: running tasks finish first. @throws InvalidOptionError */
  setConcurrency(maxConcurrent: number): void {
    this.#scheduler.maxConcurrent = count('maxConcurrent', maxConcurrent, 1);
    this.#scheduler.turn.awaitEnd();
  }

  /** Changes how many tasks of a key may run at once. @throws InvalidOptionError */
  setKeyLimit(key: string, limit: number): void {
    this.#scheduler.admission.setKeyLimit(key, count('limit', limit, 1));
    this.#scheduler.turn.awaitEnd();
  }

  /** Resolves when nothing runs and nothing waits, for whatever reason. */
  onIdle(): Promise<void> {
    if (this.#tasks.idle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  /** The figures of this moment. Costs the same however long the queue is. */
  stats(): OrchestratorStats {
    const { admission, slots, dispatcher, maxConcurrent, abandoned, paused } = this.#scheduler;
    const { queued, line } = admission;
    const oldest = queued.oldestQueuedAt;
    return {
      queued: queued.size,
      queuedByPriority: queued.byPriority(),
      maxQueueSize: this.#settings.maxQueueSize,
      running: slots.size,
      maxConcurrent,
      waiting: line.submitters,
      blocked: this.#tasks.books.dependencies.size + (line.size - line.submitters),
      retrying: admission.reserved,
      abandonedRunning: abandoned.size,
      oldestWaitMs: oldest === undefined ? 0 : this.#settings.clock.now() - oldest,
      utilisation: admission.utilisation,
      paused,
      shuttingDown: this.#shutdown !== undefined,
      workers: dispatcher.workers.stats(),
      ...this.#tasks.books.totals.snapshot(),
      deadLetters: this.#tasks.books.deadLetters.size,
    };
  }

  /** The latest tasks that failed for good, oldest first. */
  deadLetters(): readonly DeadLetter[] {
    return this.#tasks.books.deadLetters.list();
  }

  /**
   * Submits a dead letter's task again, under its id, as if new.
   * @throws InvalidOptionError if there is no such dead letter; what `submit` throws
   */
  redrive(id: string): TaskHandle {
    const letter = this.#tasks.books.deadLetters.get(id);
    if (letter === undefined) throw new InvalidOptionError('id', id, 'the id of a dead letter');
    this.#tasks.books.registry.forget(id);
    const handle = this.submit({ ...letter.task, id });
    this.#tasks.books.deadLetters.delete(id);
    return handle;
  }

  /** Drops a dead letter. False if there is none of this id. */
  discard(id: string): boolean {
    return this.#tasks.books.deadLetters.delete(id);
  }

  /** Calls the listener with each event of this name; gives the function that stops it. */
  on<Name extends keyof OrchestratorEvents>(
    name: Name,
    listener: (event: OrchestratorEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Stops taking tasks, and finishes or cancels those it has. Never rejects; says what would not
   * stop. Calling it again gives the same answer; `cancel` during a drain makes it a cancel.
   * @throws InvalidOptionError
   */
  shutdown(options: ShutdownOptions): Promise<ShutdownReport> {
    const asked = Shutdown.parse(options);
    if (this.#shutdown !== undefined) {
      this.#shutdown.again(asked);
      return this.#shutdown.report;
    }
    this.#shutdown = new Shutdown(asked, {
      deadlines: this.#deadlines,
      clock: this.#settings.clock,
      tasks: this.#tasks,
      onFinished: (report) => this.#closed(report),
    });
    this.#events.emit('shutdown.started', { mode: asked.mode });
    this.resume();
    this.#shutdown.start();
    return this.#shutdown.report;
  }

  /** `shutdown({ mode: 'cancel' })`. */
  async close(): Promise<void> {
    await this.shutdown({ mode: 'cancel' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #submit(task: Task, patience: Patience): ScheduledTask {
    if (this.#shutdown !== undefined) throw new ShutdownError();
    return this.#tasks.intake.submit(task, patience);
  }

  #becomeIdle(): void {
    this.#deadlines.rest();
    const waiters = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiters) resolve();
    if (this.#events.has('idle')) this.#events.emit('idle', {});
    this.#shutdown?.finish();
  }

  #closed(report: ShutdownReport): void {
    this.#scheduler.close();
    this.#deadlines.rest();
    this.backpressure.close();
    this.#events.emit('shutdown.finished', report);
  }
}
