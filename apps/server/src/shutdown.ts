export interface ShutdownOptions {
  /** How long closing may take, in ms. */
  readonly deadlineMs: number;
  readonly onStopping: (why: string) => void;
  readonly onReload: () => void;
  readonly close: () => Promise<void>;
}

/** A process's end, once it has been asked for. */
export interface Shutdown {
  /**
   * Settles when everything is closed: false in time, true when forced by a second signal or the deadline.
   * What is still being started is waited for no longer than that.
   */
  readonly promise: Promise<boolean>;
  isStopping(): boolean;
  /** Stops as a signal would. */
  stop(why: string): void;
}

/** Listens for SIGTERM and SIGINT, which stop in order and the second time at once, and SIGHUP, which reloads. */
export function untilStopped(options: ShutdownOptions): Shutdown {
  let stopping = false;
  let finish: (forced: boolean) => void = () => {};
  const promise = new Promise<boolean>((resolve) => {
    finish = resolve;
  });
  const stop = (why: string): void => {
    if (stopping) {
      finish(true);
      return;
    }
    stopping = true;
    options.onStopping(why);
    const deadline = setTimeout(() => finish(true), options.deadlineMs);
    options
      .close()
      .then(
        () => finish(false),
        () => finish(true),
      )
      .finally(() => clearTimeout(deadline));
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', options.onReload);
  return { promise, isStopping: () => stopping, stop };
}
