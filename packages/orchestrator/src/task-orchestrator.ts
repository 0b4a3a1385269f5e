import { BackpressureMonitor } from './backpressure-monitor.ts';
import type { DeadLetter } from './dead-letters.ts';
import { Deadlines } from './deadline.ts';
import { Emitter } from './emitter.ts';
import { InvalidOptionError, isOrchestratorError, ShutdownError } from './errors.ts';
import type { OrchestratorEvents, ShutdownReport } from './orchestrator-events.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import { count, type OrchestratorSettings, parseOptions } from './parse-options.ts';
import { type PriorityInput, parsePriority } from './priority.ts';
import type { ScheduledTask } from './scheduled-task.ts';
import type { Scheduler } from './scheduler.ts';
import { Shutdown, type ShutdownOptions } from './shutdown.ts';
import type { OrchestratorStats } from './stats.ts';
import type { FunctionTask, Task, TaskHandle, TaskHandler, TrySubmitResult } from './task.ts';
import { TaskLifecycle } from './task-lifecycle.ts';
import { parseThreadModule } from './thread.ts';

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
    return this.#submit(task, { mayWait: true });
  }

  /** As `submit`, but never waits, and answers with a reason instead of an error that only time can mend. */
  trySubmit<Result>(task: FunctionTask<Result>): TrySubmitResult<Result>;
  trySubmit<Result = unknown>(task: Task<Result>): TrySubmitResult<Result>;
  trySubmit(task: Task): TrySubmitResult {
    try {
      return { accepted: true, handle: this.#submit(task, { mayWait: false }) };
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
    if (typeof kind !== 'string' || kind === '' || this.#tasks.handlers.has(kind)) {
      throw new InvalidOptionError('kind', kind, 'a name that is not registered yet');
    }
    if (typeof handler !== 'function') parseThreadModule(handler);
    this.#tasks.handlers.set(kind, handler);
  }

  /** The handle of a task that is unfinished or still remembered. */
  get(id: string): TaskHandle | undefined {
    return this.#tasks.registry.get(id);
  }

  /** Cancels a task wherever it is. False if the id is not known or the task has settled. */
  cancel(id: string, reason?: unknown): boolean {
    return this.#tasks.registry.get(id)?.cancel(reason) ?? false;
  }

  /** Forgets a finished task, so that its id can be used again. False if there is none of this id. */
  forget(id: string): boolean {
    return this.#tasks.registry.forget(id);
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
    const task = this.#tasks.registry.get(id);
    if (task === undefined || task.settled) return false;
    this.#scheduler.admission.setPriority(task, level);
    this.#scheduler.scheduleTurn();
    return true;
  }

  /** Changes `maxConcurrent`. Fewer: running tasks finish first. @throws InvalidOptionError */
  setConcurrency(maxConcurrent: number): void {
    this.#scheduler.maxConcurrent = count('maxConcurrent', maxConcurrent, 1);
    this.#scheduler.scheduleTurn();
  }

  /** Changes how many tasks of a key may run at once. @throws InvalidOptionError */
  setKeyLimit(key: string, limit: number): void {
    this.#scheduler.admission.setKeyLimit(key, count('limit', limit, 1));
    this.#scheduler.scheduleTurn();
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
    const { admission, running, workers, maxConcurrent, abandoned, paused } = this.#scheduler;
    const oldest = admission.oldestQueuedAt;
    return {
      queued: admission.queued,
      queuedByPriority: admission.queuedByPriority(),
      maxQueueSize: this.#settings.maxQueueSize,
      running: running.size,
      maxConcurrent,
      waiting: this.#tasks.waiting,
      blocked: this.#tasks.dependencies.size + (admission.inLine - this.#tasks.waiting),
      retrying: admission.retrying,
      abandonedRunning: abandoned.size,
      oldestWaitMs: oldest === undefined ? 0 : this.#settings.clock.now() - oldest,
      utilisation: admission.utilisation,
      paused,
      shuttingDown: this.#shutdown !== undefined,
      workers: workers.stats(),
      ...this.#tasks.totals,
      deadLetters: this.#tasks.deadLetters.size,
    };
  }

  /** The latest tasks that failed for good, oldest first. */
  deadLetters(): readonly DeadLetter[] {
    return this.#tasks.deadLetters.list();
  }

  /**
   * Submits a dead letter's task again, under its id, as if new.
   * @throws InvalidOptionError if there is no such dead letter; what `submit` throws
   */
  redrive(id: string): TaskHandle {
    const letter = this.#tasks.deadLetters.get(id);
    if (letter === undefined) throw new InvalidOptionError('id', id, 'the id of a dead letter');
    this.#tasks.registry.forget(id);
    const handle = this.submit({ ...letter.task, id });
    this.#tasks.deadLetters.delete(id);
    return handle;
  }

  /** Drops a dead letter. False if there is none of this id. */
  discard(id: string): boolean {
    return this.#tasks.deadLetters.delete(id);
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

  #submit(task: Task, options: { mayWait: boolean }): ScheduledTask {
    if (this.#shutdown !== undefined) throw new ShutdownError();
    return this.#tasks.submit(task, options);
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
