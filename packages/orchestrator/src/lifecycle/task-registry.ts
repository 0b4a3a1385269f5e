import { DuplicateTaskError } from '../errors/refusals.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';

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

  /**
   * Gives a task that was submitted without one an id.
   * @throws DuplicateTaskError if ten ids in a row are known already
   */
  identify(task: ScheduledTask, generateId: () => string): string {
    for (let tries = 0; tries < 10; tries += 1) {
      const id = generateId();
      if (this.get(id) !== undefined) continue;
      this.add(id, task);
      return id;
    }
    throw new DuplicateTaskError(generateId(), 'made by generateId, ten times');
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
