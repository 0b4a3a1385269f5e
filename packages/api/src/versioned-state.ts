export type UpdateOutcome =
  | { readonly accepted: true; readonly version: number }
  | { readonly accepted: false; readonly version: number; readonly current: number };

export interface VersionedStateOptions {
  /** How many versions are kept, the newest ones. @default Infinity */
  readonly keep?: number;
}

/**
 * States by version, of which the newest counts: what a client keeps of a task.
 *
 * A version at or below the current one is refused, so that of two updates with one version exactly
 * one wins and what arrives late changes nothing. Gaps are fine.
 */
export class VersionedState<State> {
  readonly #states = new Map<number, State>();
  readonly #keep: number;
  #current: number | undefined;

  constructor(options: VersionedStateOptions = {}) {
    this.#keep = options.keep ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Takes a state if its version is news.
   *
   * @throws RangeError when the version is no integer from 0 to `Number.MAX_SAFE_INTEGER`
   */
  update(version: number, state: State): UpdateOutcome {
    if (!Number.isSafeInteger(version) || version < 0) {
      throw new RangeError(`A version is an integer from 0 up, not ${version}`);
    }
    if (this.#current !== undefined && version <= this.#current) {
      return { accepted: false, version, current: this.#current };
    }
    this.#current = version;
    this.#states.set(version, state);
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= this.#keep) break;
      this.#states.delete(oldest);
    }
    return { accepted: true, version };
  }

  /** The newest version; 0 at first. */
  getCurrentVersion(): number {
    return this.#current ?? 0;
  }

  /** The newest state; undefined at first. */
  getState(): State | undefined {
    return this.#current === undefined ? undefined : this.#states.get(this.#current);
  }

  /** The state that a version brought; undefined: there was none, or it is no longer kept. */
  getStateAt(version: number): State | undefined {
    return this.#states.get(version);
  }
}
