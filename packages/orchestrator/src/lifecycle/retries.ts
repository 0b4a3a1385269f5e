import type { Announcer } from '../observe/announcer.ts';
import type { OrchestratorSettings } from '../options/parse-options.ts';
import type { Scheduler } from '../run/scheduler.ts';
import { retryDelay, shouldRetry } from '../task/retry.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Totals } from './totals.ts';
import type { Waits } from './waits.ts';

interface RetriesParts {
  readonly settings: OrchestratorSettings;
  readonly scheduler: Scheduler;
  readonly waits: Waits;
  readonly totals: Totals;
  readonly announcer: Announcer;
}

/** Tasks between two attempts. They keep a place in the queue, and no slot. */
export class Retries {
  readonly #parts: RetriesParts;
  readonly #tasks = new Set<ScheduledTask>();

  constructor(parts: RetriesParts) {
    this.#parts = parts;
  }

  get all(): Iterable<ScheduledTask> {
    return this.#tasks;
  }

  /** Whether a task that failed like this gets another attempt. @throws what `retryIf` throws */
  has(task: ScheduledTask, error: unknown): boolean {
    return task.attempt > 0 && shouldRetry(task.settings.retry, task.attempt, error);
  }

  later(task: ScheduledTask, error: unknown): void {
    const { settings, scheduler, waits, totals, announcer } = this.#parts;
    const { attempt } = task;
    const delayMs = retryDelay(task.settings.retry, attempt, settings.random);
    totals.retried += 1;
    task.state = 'retrying';
    this.#tasks.add(task);
    scheduler.admission.reserve();
    waits.endAt(task, settings.clock.now() + delayMs);
    announcer.tellMore('task.retrying', task, { attempt, delayMs, error });
  }

  /** The delay is over. */
  again(task: ScheduledTask): void {
    const { settings, scheduler } = this.#parts;
    this.#tasks.delete(task);
    scheduler.admission.unreserve();
    task.requeuedAt = settings.clock.now();
    scheduler.enqueue(task);
  }

  /** Forgets a task that will not be tried again after all, if it waits here. */
  drop(task: ScheduledTask): void {
    if (this.#tasks.size > 0 && this.#tasks.delete(task)) this.#parts.scheduler.unreserve();
  }
}
