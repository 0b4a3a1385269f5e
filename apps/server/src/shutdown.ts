export interface ShutdownOptions {
  /** How long closing may take, in ms. */
  readonly deadlineMs: number;
  readonly onStopping: (signal: string) => void;
  readonly onReload: () => void;
  readonly close: () => Promise<void>;
}

/**
 * Resolves when SIGTERM or SIGINT has come and everything is closed: false in time, true when a second
 * signal or the deadline forced the end. SIGHUP reloads.
 */
export function untilStopped(options: ShutdownOptions): Promise<boolean> {
  return new Promise((resolve) => {
    let stopping = false;
    const force = (): void => finish(true);
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) {
        force();
        return;
      }
      stopping = true;
      options.onStopping(signal);
      timer = setTimeout(force, options.deadlineMs);
      options.close().then(
        () => finish(false),
        () => finish(true),
      );
    };
    let timer: NodeJS.Timeout | undefined;
    const finish = (forced: boolean): void => {
      clearTimeout(timer);
      process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', options.onReload);
      resolve(forced);
    };
    process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', options.onReload);
  });
}
