type Work = () => Promise<void>;
/** Runs the work at this level (0 is the most urgent); resolves when it is done. */
export type Submit = (level: number, work: Work) => Promise<unknown>;

/** The limit: five rings, a promise per task and, if asked for, a timer per running one. */
export function rings({
  concurrency,
  timeoutMs,
}: {
  readonly concurrency: number;
  readonly timeoutMs?: number;
}): Submit {
  interface Entry {
    readonly work: Work;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }
  const levels = Array.from({ length: 5 }, () => new Ring<Entry>());
  let running = 0;
  const next = (): Entry | undefined => {
    for (const level of levels) {
      const entry = level.shift();
      if (entry !== undefined) return entry;
    }
    return undefined;
  };
  const dispatch = (): void => {
    while (running < concurrency) {
      const entry = next();
      if (entry === undefined) return;
      running += 1;
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => entry.reject(new Error('timed out')), timeoutMs);
      const ended = (): void => {
        if (timer !== undefined) clearTimeout(timer);
        running -= 1;
        dispatch();
      };
      entry.work().then(
        () => {
          entry.resolve();
          ended();
        },
        (error: unknown) => {
          entry.reject(error);
          ended();
        },
      );
    }
  };
  return (level, work) =>
    new Promise<void>((resolve, reject) => {
      levels[level]?.push({ work, resolve, reject });
      dispatch();
    });
}

class Ring<Item> {
  #items: (Item | undefined)[] = new Array<Item | undefined>(1_024);
  #head = 0;
  #size = 0;

  push(item: Item): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item;
    this.#size += 1;
  }

  shift(): Item | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size -= 1;
    return item;
  }

  #grow(): void {
    const { length } = this.#items;
    const items = new Array<Item | undefined>(length * 2);
    for (let index = 0; index < this.#size; index += 1) {
      items[index] = this.#items[(this.#head + index) & (length - 1)];
    }
    this.#items = items;
    this.#head = 0;
  }
}
