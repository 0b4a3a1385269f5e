import type { TaskContext } from '../task/task.ts';

/** Work that goes on until a test lets it end. */
export interface HeldWork<Result> {
  /** Give this to a task as its `run`; any number of tasks can share it. */
  readonly run: (context: TaskContext) => Promise<Result>;
  /** The contexts of all runs so far, in the order they started. */
  readonly contexts: readonly TaskContext[];
  /** Runs that have not ended. */
  readonly active: number;
  /** Lets the longest running one return. */
  release(value: Result): void;
  /** Lets the longest running one throw. */
  fail(error: unknown): void;
}

/** Makes work that ends on `release`, on `fail`, or, unless it is `stubborn`, when it is aborted. */
export function heldWork<Result = void>(
  options: { readonly stubborn?: boolean } = {},
): HeldWork<Result> {
  const contexts: TaskContext[] = [];
  const active: Run<Result>[] = [];

  const run = (context: TaskContext): Promise<Result> => {
    contexts.push(context);
    return new Promise((resolve, reject) => {
      const held = { resolve, reject };
      active.push(held);
      if (options.stubborn === true) return;
      context.signal.addEventListener('abort', () => {
        const index = active.indexOf(held);
        if (index !== -1) active.splice(index, 1);
        reject(context.signal.reason);
      });
    });
  };
  const next = (): Run<Result> => {
    const held = active.shift();
    if (held === undefined) throw new Error('No held work is running');
    return held;
  };
  return {
    run,
    contexts,
    get active() {
      return active.length;
    },
    release: (value) => next().resolve(value),
    fail: (error) => next().reject(error),
  };
}

interface Run<Result> {
  readonly resolve: (value: Result) => void;
  readonly reject: (error: unknown) => void;
}
