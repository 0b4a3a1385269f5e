import { TaskCancelledError, TaskTimeoutError } from '../errors/failures.ts';
import { QueueFullError, ShutdownError } from '../errors/refusals.ts';
import { Announcer } from '../observe/announcer.ts';
import type { Emitter } from '../observe/emitter.ts';
import type { OrchestratorEvents } from '../observe/orchestrator-events.ts';
import type { OrchestratorSettings } from '../options/parse-options.ts';
import { Scheduler } from '../run/scheduler.ts';
import type { SchedulerOwner } from '../run/scheduler-owner.ts';
import type { Slot } from '../run/slot.ts';
import type { ScheduledTask, TaskOwner } from '../task/scheduled-task.ts';
import type { Deadlines } from '../time/deadlines.ts';
import { Books } from './books.ts';
import { Endings } from './endings.ts';
import { Intake } from './intake.ts';
import { Retries } from './retries.ts';
import { Waits } from './waits.ts';

export interface LifecycleOptions {
  readonly settings: OrchestratorSettings;
  readonly events: Emitter<OrchestratorEvents>;
  readonly deadlines: Deadlines;
  /** The length of the queue may have changed. */
  readonly onChange: (utilisation: number) => void;
  /** Nothing runs and nothing waits any more. */
  readonly onIdle: () => void;
}

/** What becomes of each task, from submit to its end: who is told what by the scheduler, the timers and the handles. */
export class TaskLifecycle implements TaskOwner, SchedulerOwner {
  readonly books: Books;
  readonly scheduler: Scheduler;
  readonly intake: Intake;
  readonly #options: LifecycleOptions;
  readonly #events: Emitter<OrchestratorEvents>;
  readonly #announcer: Announcer;
  readonly #waits: Waits;
  readonly #retries: Retries;
  readonly #endings: Endings;

  constructor(options: LifecycleOptions) {
    const { settings, events, deadlines } = options;
    this.#options = options;
    this.#events = events;
    this.#announcer = new Announcer(events);
    this.#waits = new Waits(deadlines, (task) => this.#onWaitOver(task));
    this.books = new Books(settings);
    this.scheduler = new Scheduler(settings, deadlines, this);
    const parts = {
      settings,
      scheduler: this.scheduler,
      books: this.books,
      totals: this.books.totals,
      waits: this.#waits,
      announcer: this.#announcer,
      onSettled: () => this.#becomeIdleIfSo(),
      timeOut: (task: ScheduledTask, phase: 'queued' | 'running') => this.#timeOut(task, phase),
    };
    this.#retries = new Retries(parts);
    this.#endings = new Endings({ ...parts, retries: this.#retries });
    this.intake = new Intake(this, { ...parts, endings: this.#endings });
  }

  get idle(): boolean {
    return this.books.totals.unfinished === 0 && this.scheduler.slots.size === 0;
  }

  identify(task: ScheduledTask): string {
    return this.books.registry.identify(task, this.#options.settings.generateId);
  }

  cancelTask(task: ScheduledTask, reason: unknown): boolean {
    return !task.settled && this.#endings.end(task, 'cancelled', new TaskCancelledError(reason));
  }

  progressOf(task: ScheduledTask, value: unknown): void {
    this.#announcer.tellMore('task.progress', task, { value });
  }

  /** Cancels everything that has not settled. */
  cancelAll(error: Error): void {
    const { admission, slots } = this.scheduler;
    const running = slots.taken.flatMap(({ run }) => run?.task ?? []);
    const waiting = [this.books.dependencies.blocked, this.#retries.all];
    for (const tasks of [...waiting, admission.line, admission.queued, running]) {
      for (const task of [...tasks]) this.#endings.end(task, 'cancelled', error);
    }
  }

  /** Cancels what waits for ids that nobody has submitted, when nobody can any more. */
  cancelUnreachable(): void {
    const { dependencies, registry } = this.books;
    for (const id of [...dependencies.awaited]) {
      if (registry.get(id) !== undefined) continue;
      for (const task of dependencies.of(id)) {
        const message = `Task "${task.id}" waits for "${id}", which was not submitted before the shutdown`;
        this.#endings.end(task, 'cancelled', new ShutdownError(message));
      }
    }
  }

  onAdmitted(task: ScheduledTask): void {
    this.#waits.limit(task, task.settings.queueTimeoutMs);
    task.accept();
    task.state = 'queued';
    this.onQueued(task);
  }

  onQueued(task: ScheduledTask): void {
    this.#announcer.tell('task.queued', task);
  }

  onStarted(task: ScheduledTask, { workerId, startedAt }: Slot): void {
    if (!this.#announcer.hears('task.started')) return;
    const { attempt, submittedAt } = task;
    const waitedMs = startedAt - submittedAt;
    this.#announcer.tellMore('task.started', task, { attempt, workerId, waitedMs });
  }

  onCompleted(task: ScheduledTask, value: unknown, startedAt: number): void {
    this.#endings.complete(task, value, startedAt);
  }

  onFailed(task: ScheduledTask, error: unknown): void {
    let cause = error;
    try {
      if (this.#retries.has(task, error)) {
        this.#retries.later(task, error);
        return;
      }
    } catch (retryIfError) {
      cause = retryIfError;
    }
    this.#endings.fail(task, cause);
  }

  onTimeout(task: ScheduledTask): void {
    this.#timeOut(task, 'running');
  }

  /** The last trace of a task that had settled earlier is gone. */
  onStopped(task: ScheduledTask): void {
    this.scheduler.admission.leaveKey(task);
    this.#becomeIdleIfSo();
  }

  onPreempting(task: ScheduledTask, by: ScheduledTask): void {
    this.books.totals.preempted += 1;
    if (this.#announcer.hears('task.preempted')) {
      this.#announcer.tellMore('task.preempted', task, { by: by.id });
    }
  }

  onAbandoned(task: ScheduledTask): void {
    this.books.totals.abandoned += 1;
    this.#announcer.tell('task.abandoned', task);
    this.onStopped(task);
  }

  onCrash(crash: OrchestratorEvents['worker.crashed']): void {
    this.#events.emit('worker.crashed', crash);
  }

  onRestart(restart: OrchestratorEvents['worker.restarted']): void {
    this.#events.emit('worker.restarted', restart);
  }

  onChange(): void {
    this.#options.onChange(this.scheduler.admission.utilisation);
  }

  /** The wait of a task is over: for room, for its first start, or for its next attempt. */
  #onWaitOver(task: ScheduledTask): void {
    const { state, submittedAt } = task;
    const { queueTimeoutMs, submitTimeoutMs } = task.settings;
    if (state === 'retrying') {
      this.#retries.again(task);
    } else if (state === 'waiting' && submitTimeoutMs < queueTimeoutMs) {
      const { clock, maxQueueSize } = this.#options.settings;
      const waitedMs = Math.round(clock.now() - submittedAt);
      const error = new QueueFullError('maxQueueSize', maxQueueSize, waitedMs);
      this.#endings.end(task, 'cancelled', error);
    } else {
      this.#timeOut(task, 'queued');
    }
  }

  #timeOut(task: ScheduledTask, phase: 'queued' | 'running'): void {
    const { queueTimeoutMs, timeoutMs } = task.settings;
    const limitMs = phase === 'queued' ? queueTimeoutMs : timeoutMs;
    this.#endings.end(task, 'timed-out', new TaskTimeoutError(phase, limitMs));
  }

  #becomeIdleIfSo(): void {
    if (this.idle) this.#options.onIdle();
  }
}
