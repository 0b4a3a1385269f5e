/** Typed events, called synchronously. A listener that throws disturbs nobody: `onError` gets what it threw. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, readonly ((event: never) => void)[]>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Whether anyone listens; lets the hot path skip making the event. */
  has(name: keyof Events): boolean {
    return this.#listeners.size > 0 && this.#listeners.has(name);
  }

  /** Gives the function that stops listening. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    // A wrapper of its own, so that one function added twice is two listeners.
    const entry = (event: Events[Name]): void => listener(event);
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), entry]);
    return () => {
      const left = (this.#listeners.get(name) ?? []).filter((other) => other !== entry);
      if (left.length === 0) this.#listeners.delete(name);
      else this.#listeners.set(name, left);
    };
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        // Only `on` fills the list of a name, with listeners of that name's event.
        (listener as (event: Events[Name]) => void)(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

/** What happens to a listener's error by default: it is thrown on its own, as `EventTarget` does. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
