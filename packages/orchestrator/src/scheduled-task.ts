import type { DeadlineEntry } from './deadline.ts';
import type { KeySlots } from './key-limits.ts';
import type { TaskSettings } from './parse-task.ts';
import type { TaskHandle, TaskOutcome, TaskState } from './task.ts';
import type { Queueable, TaskQueue } from './task-queue.ts';
import type { TaskRun } from './task-run.ts';

/** What a task asks of the orchestrator that it belongs to. */
export interface TaskOwner {
  identify(task: ScheduledTask): string;
  cancelTask(task: ScheduledTask, reason: unknown): boolean;
}

/**
 * A task as the orchestrator keeps it; its submitter sees it as the handle.
 *
 * One object per task, and nothing that is not asked for: the promises, the id of a task without
 * one, and the abort controller of a run are made on first use.
 */
export class ScheduledTask implements TaskHandle, Queueable {
  readonly settings: TaskSettings;
  readonly #owner: TaskOwner;

  state: TaskState = 'waiting';
  priority: number;
  attempt = 0;
  /** How often starting it has crashed a worker. */
  crashes = 0;
  /** Whether it is queued because its slot was taken from it. */
  lostSlot = false;
  knownId: string | undefined;
  run: TaskRun | undefined;
  keySlots: KeySlots<ScheduledTask> | undefined;
  /** Ids that have not completed yet. */
  missing: Set<string> | undefined;

  level: number;
  order = 0;
  queue: TaskQueue | undefined;
  next: Queueable | undefined;
  previous: Queueable | undefined;

  /** Neighbours among all queued tasks, by the time they were queued. */
  older: ScheduledTask | undefined;
  newer: ScheduledTask | undefined;
  readonly submittedAt: number;
  /** When it was queued, if that was not at its submit. */
  requeuedAt: number | undefined;
  agedAt: number | undefined;
  /** The limit of its wait, if it has one. */
  wait: DeadlineEntry | undefined;

  #outcome: TaskOutcome | undefined;
  #result: Settleable<unknown> | undefined;
  #outcomePromise: Settleable<TaskOutcome> | undefined;
  #acceptance: 'open' | 'accepted' | { readonly refused: unknown } = 'open';
  #accepted: Settleable<void> | undefined;

  constructor(
    owner: TaskOwner,
    { settings, submittedAt }: { settings: TaskSettings; submittedAt: number },
  ) {
    this.#owner = owner;
    this.settings = settings;
    this.submittedAt = submittedAt;
    this.knownId = settings.id;
    this.priority = this.level = settings.priority;
  }

  get queuedAt(): number {
    return this.requeuedAt ?? this.submittedAt;
  }

  get id(): string {
    this.knownId ??= this.#owner.identify(this);
    return this.knownId;
  }

  get settled(): boolean {
    return this.#outcome !== undefined;
  }

  /** Why it did not complete. */
  get error(): unknown {
    return this.#outcome === undefined || this.#outcome.state === 'completed'
      ? undefined
      : this.#outcome.error;
  }

  get accepted(): Promise<void> {
    if (this.#accepted === undefined) {
      this.#accepted = settleable<void>();
      this.#settleAccepted();
    }
    return this.#accepted.promise;
  }

  get result(): Promise<unknown> {
    if (this.#result === undefined) {
      this.#result = settleable();
      this.#settleResult();
    }
    return this.#result.promise;
  }

  get outcome(): Promise<TaskOutcome> {
    if (this.#outcomePromise === undefined) {
      this.#outcomePromise = settleable();
      if (this.#outcome !== undefined) this.#outcomePromise.resolve(this.#outcome);
    }
    return this.#outcomePromise.promise;
  }

  cancel(reason?: unknown): boolean {
    return this.#owner.cancelTask(this, reason);
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
    if (this.#acceptance !== 'open') return;
    this.#acceptance = 'accepted';
    if (this.#accepted !== undefined) this.#settleAccepted();
  }

  /** It has ended, for good. */
  settle(outcome: TaskOutcome): void {
    this.#outcome = outcome;
    this.state = outcome.state;
    if (this.#acceptance === 'open' && outcome.state !== 'completed') {
      this.#acceptance = { refused: outcome.error };
      if (this.#accepted !== undefined) this.#settleAccepted();
    }
    if (this.#result !== undefined) this.#settleResult();
    this.#outcomePromise?.resolve(outcome);
  }

  #settleAccepted(): void {
    if (this.#accepted === undefined || this.#acceptance === 'open') return;
    if (this.#acceptance === 'accepted') this.#accepted.resolve();
    else rejectQuietly(this.#accepted, this.#acceptance.refused);
  }

  #settleResult(): void {
    if (this.#result === undefined || this.#outcome === undefined) return;
    if (this.#outcome.state === 'completed') this.#result.resolve(this.#outcome.value);
    else rejectQuietly(this.#result, this.#outcome.error);
  }
}

interface Settleable<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

function settleable<Value>(): Settleable<Value> {
  // The executor runs before the constructor returns, so both are set.
  let resolve!: (value: Value) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** Rejects without ever being an unhandled rejection: a handle that nobody asks is no crash. */
function rejectQuietly(
  settleable: Settleable<never> | Settleable<unknown> | Settleable<void>,
  error: unknown,
): void {
  settleable.promise.catch(() => {});
  settleable.reject(error);
}
