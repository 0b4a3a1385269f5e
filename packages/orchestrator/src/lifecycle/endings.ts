import { DependencyFailedError } from '../errors/failures.ts';
import type { Announcer } from '../observe/announcer.ts';
import type { OrchestratorSettings } from '../options/parse-options.ts';
import type { Scheduler } from '../run/scheduler.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { SettledTaskState } from '../task/task.ts';
import type { Books } from './books.ts';
import type { Retries } from './retries.ts';
import type { Waits } from './waits.ts';

interface EndingsParts {
  readonly settings: OrchestratorSettings;
  readonly scheduler: Scheduler;
  readonly books: Books;
  readonly waits: Waits;
  readonly retries: Retries;
  readonly announcer: Announcer;
  /** A task has settled and all that follows from it has happened. */
  readonly onSettled: () => void;
}

/**
 * How tasks end.
 *
 * 1. A task settles exactly once, and in that step leaves every list: queue, line, blocked, retrying,
 *    deadlines, shared signal, the registry of unfinished tasks.
 * 2. A function that is still running then keeps its slot and its key until the scheduler sees it stop.
 * 3. A task that does not complete takes its dependents with it, however long the chain.
 */
export class Endings {
  readonly #parts: EndingsParts;
  /** Tasks that have not completed, whose dependents are still to be cancelled. */
  #cascade: ScheduledTask[] | undefined = undefined;

  constructor(parts: EndingsParts) {
    this.#parts = parts;
  }

  /** Its function has given its value. */
  complete(task: ScheduledTask, value: unknown, startedAt: number): void {
    this.#settle(task, 'completed', value);
    if (this.#parts.announcer.hears('task.completed')) this.#announceValue(task, startedAt);
    if (task.knownId !== undefined) this.#release(task.knownId);
    this.#finish();
  }

  /** Its last attempt has failed. */
  fail(task: ScheduledTask, error: unknown): void {
    this.#settle(task, 'failed', error);
    const { announcer, books } = this.#parts;
    const { attempt, input } = task;
    announcer.tellMore('task.failed', task, { attempt, error });
    if (books.deadLetters.enabled) {
      books.deadLetters.add({ taskId: task.id, task: input, error, attempts: attempt });
      announcer.tellMore('task.dead-lettered', task, { error });
    }
    this.#cancelDependents(task);
    this.#finish();
  }

  /** Ends a task that is anywhere, for a reason that is not its own. False if it has ended already. */
  end(task: ScheduledTask, state: 'cancelled' | 'timed-out', error: unknown): boolean {
    if (task.settled) return false;
    const { slot } = task;
    const { books, retries, scheduler, announcer } = this.#parts;
    retries.drop(task);
    books.dependencies.unblock(task);
    scheduler.remove(task);
    this.#settle(task, state, error);
    announcer.tellMore(`task.${state}`, task, { error });
    this.#cancelDependents(task);
    this.#finish();
    slot?.stop(error);
    return true;
  }

  /** Cancels a task because one that it depends on has not completed. */
  endWith(task: ScheduledTask, dependency: ScheduledTask): void {
    const { state, error: cause } = dependency;
    this.end(
      task,
      'cancelled',
      new DependencyFailedError(task.id, dependency.id, { state, cause }),
    );
  }

  #announceValue(task: ScheduledTask, startedAt: number): void {
    const { announcer, settings } = this.#parts;
    const { attempt } = task;
    const ranMs = settings.clock.now() - startedAt;
    announcer.tellMore('task.completed', task, { attempt, ranMs });
  }

  #settle(task: ScheduledTask, state: SettledTaskState, end: unknown): void {
    const { books, waits, scheduler } = this.#parts;
    const { signal } = task.settings;
    task.settle(state, end);
    books.totals.countEnd(state);
    waits.end(task);
    if (signal !== undefined) books.signals.remove(signal, task);
    if (task.slot === undefined) scheduler.admission.leaveKey(task);
    if (task.knownId !== undefined) books.registry.finish(task.knownId, task);
  }

  #finish(): void {
    if (this.#cascade === undefined) this.#parts.onSettled();
  }

  #release(id: string): void {
    const { books, scheduler, settings } = this.#parts;
    for (const task of books.dependencies.complete(id)) {
      task.requeuedAt = settings.clock.now();
      if (scheduler.admission.hasRoom) scheduler.enqueue(task);
      else scheduler.wait(task);
    }
  }

  /** A loop, not a recursion: a chain of dependents can be longer than the stack. */
  #cancelDependents(failed: ScheduledTask): void {
    if (failed.knownId === undefined) return;
    if (this.#cascade !== undefined) {
      this.#cascade.push(failed);
      return;
    }
    this.#cascade = [failed];
    try {
      for (let next = this.#cascade.pop(); next !== undefined; next = this.#cascade.pop()) {
        for (const task of this.#parts.books.dependencies.of(next.id)) this.endWith(task, next);
      }
    } finally {
      this.#cascade = undefined;
    }
  }
}
