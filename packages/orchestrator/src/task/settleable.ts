/** A promise, and what settles it. */
export interface Settleable<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

export function settleable<Value>(): Settleable<Value> {
  const promise = new Promise<Value>(takeApart);
  // What the executor of this very promise was given.
  return { promise, resolve: latestResolve as (value: Value) => void, reject: latestReject };
}

/** Rejects without ever being an unhandled rejection: a handle that nobody asks is no crash. */
export function rejectQuietly<Value>({ promise, reject }: Settleable<Value>, error: unknown): void {
  promise.catch(() => {});
  reject(error);
}

// One executor for all, instead of a closure per promise: it runs before the constructor returns.
let latestResolve: (value: never) => void;
let latestReject: (error: unknown) => void;
const takeApart = (resolve: (value: never) => void, reject: (error: unknown) => void): void => {
  latestResolve = resolve;
  latestReject = reject;
};
