import type { ScheduledTask } from './scheduled-task.ts';

/** Tasks by id: all unfinished ones that have one, and the latest finished ones. */
export class TaskRegistry {
  readonly #unfinished = new Map<string, ScheduledTask>();
  readonly #finished = new Map<string, ScheduledTask>();
  readonly #rememberFinished: number;

  constructor(rememberFinished: number) {
    this.#rememberFinished = rememberFinished;
  }

  get(id: string): ScheduledTask | undefined {
    return this.#unfinished.get(id) ?? this.#finished.get(id);
  }

  add(id: string, task: ScheduledTask): void {
    if (task.settled) this.#remember(id, task);
    else this.#unfinished.set(id, task);
  }

  finish(id: string, task: ScheduledTask): void {
    this.#unfinished.delete(id);
    this.#remember(id, task);
  }

  /** False if the id is not that of a finished task. */
  forget(id: string): boolean {
    return this.#finished.delete(id);
  }

  #remember(id: string, task: ScheduledTask): void {
    this.#finished.set(id, task);
    if (this.#finished.size <= this.#rememberFinished) return;
    for (const oldest of this.#finished.keys()) {
      this.#finished.delete(oldest);
      return;
    }
  }
}
