import { ShutdownError } from '../errors/refusals.ts';
import type { ShutdownMode, ShutdownReport } from '../observe/orchestrator-events.ts';
import { duration, oneOf, record } from '../options/parse-options.ts';
import type { Clock } from '../time/clock.ts';
import type { DeadlineEntry, Deadlines } from '../time/deadlines.ts';
import type { TaskLifecycle } from './task-lifecycle.ts';

export interface ShutdownOptions {
  /** `cancel` aborts what is queued and running; `drain` finishes everything that was submitted. */
  readonly mode: ShutdownMode;
  /** How long it may take, in ms. What a drain has not finished by then is aborted. @default 10_000 */
  readonly deadlineMs?: number;
  /** How long what a drain had to abort may take to stop, in ms. @default 1_000 */
  readonly graceMs?: number;
}

interface ShutdownDeps {
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly tasks: TaskLifecycle;
  readonly onFinished: (report: ShutdownReport) => void;
}

/** The one shutdown of an orchestrator, from the first call to its report. */
export class Shutdown implements DeadlineEntry {
  readonly report: Promise<ShutdownReport>;
  deadline = 0;
  deadlineOrder = 0;
  heapKey = 0;
  heapOrder = 0;
  heapIndex = -1;
  readonly #deps: ShutdownDeps;
  readonly #graceMs: number;
  readonly #before: { readonly cancelled: number; readonly completed: number };
  #mode: ShutdownMode;
  #deadlineMs: number;
  #aborted = false;
  #finished = false;
  #resolve: (report: ShutdownReport) => void = () => {};

  /** @throws InvalidOptionError */
  static parse(options: ShutdownOptions): Required<ShutdownOptions> {
    record('options', options);
    const { mode, deadlineMs = 10_000, graceMs = 1_000 } = options;
    return {
      mode: oneOf('mode', mode, ['cancel', 'drain']),
      deadlineMs: duration('deadlineMs', deadlineMs),
      graceMs: duration('graceMs', graceMs),
    };
  }

  constructor(asked: Required<ShutdownOptions>, deps: ShutdownDeps) {
    this.#deps = deps;
    this.#mode = asked.mode;
    this.#deadlineMs = asked.deadlineMs;
    this.#graceMs = asked.graceMs;
    const { cancelled, completed } = deps.tasks.books.totals;
    this.#before = { cancelled, completed };
    this.report = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(): void {
    this.#endWithin(this.#deadlineMs);
    if (this.#mode === 'cancel') this.#abortAll();
    else this.#deps.tasks.cancelUnreachable();
    if (this.#deps.tasks.idle) this.finish();
  }

  /** Asked once more: a drain can become a cancel, and the deadline sooner. */
  again(asked: Required<ShutdownOptions>): void {
    if (this.#finished || asked.mode === 'drain' || this.#mode === 'cancel') return;
    this.#mode = 'cancel';
    this.#endWithin(asked.deadlineMs);
    this.#abortAll();
  }

  onDeadline(): void {
    if (this.#aborted) {
      this.finish();
      return;
    }
    this.#endWithin(this.#graceMs);
    this.#abortAll();
  }

  /** Everything has stopped, or the time is up. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { deadlines, tasks, onFinished } = this.#deps;
    deadlines.clear(this);
    const { slots, abandoned } = tasks.scheduler;
    const running = slots.taken.flatMap(({ run }) => run ?? []);
    const report: ShutdownReport = {
      mode: this.#mode,
      cancelled: tasks.books.totals.cancelled - this.#before.cancelled,
      completed: tasks.books.totals.completed - this.#before.completed,
      notStopped: [...running, ...abandoned].map((run) => run.taskId),
    };
    onFinished(report);
    this.#resolve(report);
  }

  #endWithin(ms: number): void {
    this.#deps.deadlines.set(this, this.#deps.clock.now() + ms);
  }

  #abortAll(): void {
    this.#aborted = true;
    this.#deps.tasks.cancelAll(new ShutdownError());
  }
}
