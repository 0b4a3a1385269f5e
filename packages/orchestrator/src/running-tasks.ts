import { preemptionDistance } from './priority.ts';
import type { TaskRun } from './task-run.ts';

/** The slots that are taken. */
export class RunningTasks {
  readonly #runs: TaskRun[] = [];
  #preemptible = 0;
  #preempting = 0;
  #started = 0;

  get size(): number {
    return this.#runs.length;
  }

  get all(): readonly TaskRun[] {
    return this.#runs;
  }

  /** Whether there is any whose slot could be taken; keeps the question cheap where nothing is preemptible. */
  get hasPreemptible(): boolean {
    return this.#preemptible > 0;
  }

  /** Slots that have been taken from their task, but are not free yet. */
  get preempting(): number {
    return this.#preempting;
  }

  add(run: TaskRun): void {
    run.index = this.#runs.push(run) - 1;
    this.#started += 1;
    run.serial = this.#started;
    this.#tally(run, 1);
  }

  remove(run: TaskRun): void {
    const last = this.#runs.pop();
    if (last !== undefined && last !== run) {
      this.#runs[run.index] = last;
      last.index = run.index;
    }
    run.index = -1;
    this.#tally(run, -1);
  }

  setPhase(run: TaskRun, phase: 'active' | 'preempting' | 'stopping'): void {
    this.#tally(run, -1);
    run.phase = phase;
    this.#tally(run, 1);
  }

  /**
   * The run whose slot a task of this priority may take: the least urgent preemptible one, of
   * several the one that started last, because it loses least.
   */
  victimFor(priority: number): TaskRun | undefined {
    let victim: TaskRun | undefined;
    for (const run of this.#runs) {
      if (!run.task.settings.limits.preemptible || run.phase !== 'active') continue;
      const lower = victim === undefined || run.priority > victim.priority;
      const later = run.priority === victim?.priority && run.serial > victim.serial;
      if (lower || later) victim = run;
    }
    const distance = victim === undefined ? 0 : victim.priority - priority;
    return distance >= preemptionDistance ? victim : undefined;
  }

  #tally(run: TaskRun, change: 1 | -1): void {
    if (run.phase === 'preempting') this.#preempting += change;
    else if (run.phase === 'active' && run.task.settings.limits.preemptible)
      this.#preemptible += change;
  }
}
