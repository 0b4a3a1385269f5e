/** Wakes those that wait for the log to grow. */
export interface LogWatch {
  /** Resolves at the next `notify`, or when the signal is aborted. */
  next(signal?: AbortSignal): Promise<void>;
  notify(): void;
}

export function createLogWatch(): LogWatch {
  const waiting = new Set<() => void>();
  return {
    next: (signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          waiting.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal?.addEventListener('abort', wake);
      }),
    notify() {
      for (const wake of [...waiting]) wake();
    },
  };
}
