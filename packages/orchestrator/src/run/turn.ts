/** `then` of it is a microtask, for less than `queueMicrotask` costs in Node. */
const resolved = Promise.resolve();
/** Starts after which timers and I/O get their turn, however short the tasks are. */
const startsBeforePolling = 1_024;

/**
 * This turn of the event loop, and what happens at its end (see 0022).
 *
 * What `nextTick` is given in a microtask runs once no microtask is left: the turn is over then.
 */
export class Turn {
  readonly #now: () => number;
  readonly #onEnd: () => void;
  #endsLater = false;
  #began: number | undefined = undefined;
  #starts = 0;
  readonly #onMicrotask = (): void => process.nextTick(this.#end);
  readonly #onImmediate = (): void => {
    this.#starts = 0;
    this.#end();
  };
  readonly #end = (): void => {
    this.#endsLater = false;
    this.#began = undefined;
    this.#onEnd();
  };

  constructor(now: () => number, onEnd: () => void) {
    this.#now = now;
    this.#onEnd = onEnd;
  }

  /** Whether its end is being waited for. */
  get endsLater(): boolean {
    return this.#endsLater;
  }

  /** The time, read once in a turn; asking makes `onEnd` be called. */
  get time(): number {
    this.awaitEnd();
    this.#began ??= this.#now();
    return this.#began;
  }

  /** Has `onEnd` called after this turn. */
  awaitEnd(): void {
    if (this.#endsLater) return;
    this.#endsLater = true;
    void resolved.then(this.#onMicrotask);
  }

  /** Counts a start; after many of them has `onEnd` called only when timers and I/O have had their turn. */
  countStart(): void {
    this.#starts += 1;
    if (this.#starts < startsBeforePolling || this.#endsLater) return;
    this.#endsLater = true;
    setImmediate(this.#onImmediate);
  }
}
