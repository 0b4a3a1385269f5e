import type { ModelCall } from '@org/events';
import type { ModelUnavailableError } from '../model-calls/model-faults.ts';

/** What the executions of a step came to while no model could be asked. */
interface Refused {
  readonly stepId: string;
  readonly calls: readonly ModelCall[];
  readonly attempts: number;
  /** When the waiting began, ms since the epoch; a hold of the task starts it anew. */
  readonly since: number;
}

/** How long a task has waited for a model that is away, and what was tried meanwhile. */
export class ModelPatience {
  readonly #limitMs: number;
  readonly #now: () => number;
  #refused: Refused | null = null;

  /** @param options.limitMs Counted from the first refusal. */
  constructor(options: { readonly limitMs: number; readonly now: () => number }) {
    this.#limitMs = options.limitMs;
    this.#now = options.now;
  }

  /** The calls of this step's earlier executions, for the record. */
  callsOf(stepId: string): readonly ModelCall[] {
    return this.#refused?.stepId === stepId ? this.#refused.calls : [];
  }

  /** Which attempt of the step failed just now: 1, 2, 3 …; null: it has waited long enough. */
  refused(stepId: string, error: ModelUnavailableError): number | null {
    const now = this.#now();
    const former = this.#refused?.stepId === stepId ? this.#refused : null;
    const since = former?.since ?? now;
    if (now - since >= this.#limitMs) return null;
    const attempts = (former?.attempts ?? 0) + 1;
    this.#refused = { stepId, calls: error.calls, attempts, since };
    return attempts;
  }

  /** A model could be asked. */
  answered(): void {
    this.#refused = null;
  }

  /** The task was held: nobody has waited for a model meanwhile. */
  held(): void {
    if (this.#refused !== null) this.#refused = { ...this.#refused, since: this.#now() };
  }
}
