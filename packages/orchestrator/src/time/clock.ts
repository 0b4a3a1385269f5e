/** Where the orchestrator takes its time from. */
export interface Clock {
  /** Milliseconds that never go backwards; only differences matter. */
  now(): number;
  /** Calls back once after `delayMs` (at most 2^31 − 1). */
  setTimer(callback: () => void, delayMs: number): ClockTimer;
}

export interface ClockTimer {
  cancel(): void;
}

/** The clock of this process: `performance.now` and `setTimeout`. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
