import type { Aged } from '../queue/age-ring.ts';
import type { KeySlots } from '../queue/key-limits.ts';
import type { Queueable, TaskQueue } from '../queue/task-queue.ts';
import type { DeadlineEntry } from '../time/deadlines.ts';
import type { TaskSettings, Work } from './parse-task.ts';
import { rejectQuietly, type Settleable, settleable } from './settleable.ts';
import type { SettledTaskState, Task, TaskHandle, TaskOutcome, TaskState } from './task.ts';

/** What a task asks of the orchestrator that it belongs to. */
export interface TaskOwner {
  identify(task: ScheduledTask): string;
  cancelTask(task: ScheduledTask, reason: unknown): boolean;
  progressOf(task: ScheduledTask, value: unknown): void;
}

/** What runs a task at the moment. */
export interface Stoppable {
  /** Tells the function to stop, for a reason that has settled its task. */
  stop(reason: unknown): void;
}

/** What a task is made of. */
export interface TaskParts {
  readonly input: Task;
  readonly settings: TaskSettings;
  readonly work: Work;
  readonly priority: number;
  readonly submittedAt: number;
}

/**
 * A task as the orchestrator keeps it; its submitter sees it as the handle.
 *
 * One flat object per task, and nothing that is not asked for: the promises, the id of a task
 * without one, and the abort controller of a run are made on first use. 100 000 of them may wait, so
 * what only few need is kept by those who need it (see 0024).
 */
export class ScheduledTask implements TaskHandle, Queueable, Aged {
  readonly #owner: TaskOwner;
  /** As it was submitted. */
  readonly input: Task;
  readonly settings: TaskSettings;
  readonly work: Work;

  state: TaskState = 'waiting';
  settled = false;
  priority: number;
  attempt = 0;
  knownId: string | undefined;
  slot: Stoppable | undefined = undefined;
  keySlots: KeySlots<ScheduledTask> | undefined = undefined;

  level: number;
  order = 0;
  queue: TaskQueue | undefined = undefined;
  next: Queueable | undefined = undefined;
  previous: Queueable | undefined = undefined;
  age = 0;

  readonly submittedAt: number;
  /** When it was queued, if that was not at its submit. */
  requeuedAt: number | undefined = undefined;
  agedAt: number | undefined = undefined;
  /** The limit of its wait, if it has one. */
  wait: DeadlineEntry | undefined = undefined;

  #isAccepted = false;
  /** Its value, or why it has none. */
  #end: unknown = undefined;
  #result: Settleable<unknown> | undefined = undefined;
  #accepted: Settleable<void> | undefined = undefined;
  #outcome: Settleable<TaskOutcome> | undefined = undefined;

  constructor(owner: TaskOwner, { input, settings, work, priority, submittedAt }: TaskParts) {
    this.#owner = owner;
    this.input = input;
    this.settings = settings;
    this.work = work;
    this.submittedAt = submittedAt;
    this.knownId = settings.id;
    this.priority = this.level = priority;
  }

  get queuedAt(): number {
    return this.requeuedAt ?? this.submittedAt;
  }

  get id(): string {
    this.knownId ??= this.#owner.identify(this);
    return this.knownId;
  }

  /** Why it did not complete. */
  get error(): unknown {
    return this.state === 'completed' ? undefined : this.#end;
  }

  get accepted(): Promise<void> {
    if (this.#accepted === undefined) {
      this.#accepted = settleable();
      this.#settleAccepted(this.#accepted);
    }
    return this.#accepted.promise;
  }

  get result(): Promise<unknown> {
    if (this.#result === undefined) {
      this.#result = settleable();
      if (this.settled) this.#settleResult(this.#result);
    }
    return this.#result.promise;
  }

  get outcome(): Promise<TaskOutcome> {
    if (this.#outcome === undefined) {
      this.#outcome = settleable();
      if (this.settled) this.#outcome.resolve(this.#told());
    }
    return this.#outcome.promise;
  }

  cancel(reason?: unknown): boolean {
    return this.#owner.cancelTask(this, reason);
  }

  progress(value: unknown): void {
    this.#owner.progressOf(this, value);
  }

  /** What a log or an answer may show of it; the rest is the orchestrator's. */
  toJSON(): Pick<TaskHandle, 'id' | 'state' | 'priority' | 'attempt'> {
    const { id, state, priority, attempt } = this;
    return { id, state, priority, attempt };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return this.toJSON();
  }

  /** It has a place. */
  accept(): void {
    this.#isAccepted = true;
    if (this.#accepted !== undefined) this.#settleAccepted(this.#accepted);
  }

  /** It has ended, for good: with its value, or with why there is none. */
  settle(state: SettledTaskState, end: unknown): void {
    this.state = state;
    this.settled = true;
    this.#end = end;
    if (this.#result !== undefined) this.#settleResult(this.#result);
    if (this.#accepted !== undefined) this.#settleAccepted(this.#accepted);
    if (this.#outcome !== undefined) this.#outcome.resolve(this.#told());
  }

  #settleAccepted(accepted: Settleable<void>): void {
    if (this.#isAccepted) accepted.resolve();
    else if (this.settled) rejectQuietly(accepted, this.#end);
  }

  #settleResult(result: Settleable<unknown>): void {
    if (this.state === 'completed') result.resolve(this.#end);
    else rejectQuietly(result, this.#end);
  }

  #told(): TaskOutcome {
    const { state } = this;
    return state === 'completed'
      ? { state, value: this.#end }
      : // Only asked for once it has settled.
        { state: state as 'failed' | 'timed-out' | 'cancelled', error: this.#end };
  }
}
