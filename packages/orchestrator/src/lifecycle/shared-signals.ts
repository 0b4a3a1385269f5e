/** Anything that an aborted signal cancels. */
export interface Cancellable {
  cancel(reason: unknown): unknown;
}

/**
 * One listener per signal, however many tasks share it, and none once the last of them has settled:
 * no leak warning, and nothing held by a signal that outlives its tasks.
 */
export class SharedSignals {
  readonly #watched = new Map<AbortSignal, { tasks: Set<Cancellable>; listener: () => void }>();

  add(signal: AbortSignal, task: Cancellable): void {
    const watched = this.#watched.get(signal);
    if (watched !== undefined) {
      watched.tasks.add(task);
      return;
    }
    const tasks = new Set([task]);
    const listener = (): void => {
      this.#watched.delete(signal);
      for (const each of tasks) each.cancel(signal.reason);
    };
    this.#watched.set(signal, { tasks, listener });
    signal.addEventListener('abort', listener, { once: true });
  }

  remove(signal: AbortSignal, task: Cancellable): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.tasks.delete(task);
    if (watched.tasks.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener('abort', watched.listener);
  }
}
