import type { RunnerOptions } from '../runner/runner-options.ts';
import { TaskRunner } from '../runner/task-runner.ts';
import type { Admission } from './admission.ts';
import type { UnfinishedTasks } from './unfinished-tasks.ts';

/** The tasks that are worked on: one runner each, which holds the task's place until it has ended. */
export class RunningTasks {
  readonly #admission: Admission;
  readonly #unfinished: UnfinishedTasks;
  readonly #options: RunnerOptions;
  readonly #runners = new Map<string, TaskRunner>();
  readonly #settling = new Set<Promise<void>>();
  #closed = false;

  constructor(
    options: RunnerOptions,
    tasks: { readonly admission: Admission; readonly unfinished: UnfinishedTasks },
  ) {
    this.#options = options;
    this.#admission = tasks.admission;
    this.#unfinished = tasks.unfinished;
  }

  get(taskId: string): TaskRunner | undefined {
    return this.#runners.get(taskId);
  }

  /** Takes over every unfinished task that nobody works on; answers their ids. */
  resume(): readonly string[] {
    const taskIds = this.#unfinished.taskIds().filter((taskId) => !this.#runners.has(taskId));
    for (const taskId of taskIds) {
      this.#admission.occupy();
      this.begin(taskId);
    }
    return taskIds;
  }

  /** Begins a task whose place is taken. */
  begin(taskId: string): void {
    if (this.#closed) {
      // It is stored; the next life goes on with it.
      this.#admission.release();
      return;
    }
    const runner = new TaskRunner(taskId, this.#options);
    this.#runners.set(taskId, runner);
    const settling = this.#settle(taskId, runner).finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  /** Has a task's log looked at: by its runner, or by a new one, which ends at once where nothing is to do. */
  lookAt(taskId: string): void {
    const runner = this.#runners.get(taskId);
    if (runner !== undefined) runner.wake();
    else if (!this.#closed) {
      this.#admission.occupy();
      this.begin(taskId);
    }
  }

  /** How many wait for this. */
  waitingFor(what: 'model' | 'store'): number {
    return [...this.#runners.values()].filter((runner) => runner.waitingFor === what).length;
  }

  /** Resolves when no task is being worked on. */
  async onIdle(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  /** Stops every task where it stands; none begins any more. */
  async close(mode: 'cancel' | 'drain' | undefined): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop(mode)));
    await Promise.all(this.#settling);
  }

  async #settle(taskId: string, runner: TaskRunner): Promise<void> {
    await runner.done;
    if (this.#runners.get(taskId) === runner) this.#runners.delete(taskId);
    this.#admission.release();
    // A bug report came after the runner had read the log for the last time.
    if (!this.#closed && this.#unfinished.has(taskId) && runner.log.state.ended !== null)
      this.lookAt(taskId);
  }
}
