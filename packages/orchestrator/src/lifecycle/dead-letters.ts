import type { Task } from '../task/task.ts';

/** A task that failed for good. */
export interface DeadLetter {
  readonly taskId: string;
  /** The task as it was submitted. */
  readonly task: Task;
  readonly error: unknown;
  readonly attempts: number;
}

/** The latest tasks that failed for good, oldest first. */
export class DeadLetters {
  readonly #letters = new Map<string, DeadLetter>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#letters.size;
  }

  get enabled(): boolean {
    return this.#max > 0;
  }

  add(letter: DeadLetter): void {
    this.#letters.delete(letter.taskId);
    this.#letters.set(letter.taskId, letter);
    if (this.#letters.size <= this.#max) return;
    for (const oldest of this.#letters.keys()) {
      this.#letters.delete(oldest);
      return;
    }
  }

  get(id: string): DeadLetter | undefined {
    return this.#letters.get(id);
  }

  delete(id: string): boolean {
    return this.#letters.delete(id);
  }

  list(): readonly DeadLetter[] {
    return [...this.#letters.values()];
  }
}
