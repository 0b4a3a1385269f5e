import { setTimeout as delay } from 'node:timers/promises';
import { isModelError, type ModelError } from '../errors.ts';

/** How long and how fast a failed request is tried again. */
export interface RetryOptions {
  /** No further try starts later than this after the first failure; 0 never tries again. @default 30 000 */
  readonly forMs?: number | undefined;
  /** The first pause; each further one is twice as long, up to 5 000. @default 250 */
  readonly firstPauseMs?: number | undefined;
  /** Told before each pause. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

export interface Retry {
  /** 1 for the first failed try. */
  readonly attempt: number;
  readonly error: ModelError;
  readonly pauseMs: number;
}

/** Where a retry's time and chance come from. */
export interface RetryClock {
  readonly now?: (() => number) | undefined;
  /** Resolves after that time; rejects with the signal's reason when aborted. */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** 0 to 1, spreads the pauses. */
  readonly random?: (() => number) | undefined;
}

const longestPauseMs = 5_000;

/** Runs `call` until it succeeds, fails for good, or has failed for too long; the last error is thrown. */
export async function withRetries<T>(
  call: () => Promise<T>,
  options: RetryOptions & RetryClock & { readonly signal?: AbortSignal | undefined },
): Promise<T> {
  const { forMs = 30_000, firstPauseMs = 250, now = Date.now, random = Math.random } = options;
  const sleep = options.sleep ?? realSleep;
  let firstFailure: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isModelError(error) || !error.transient) throw error;
      firstFailure ??= now();
      const pauseMs =
        Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (0.75 + random() / 2);
      if (now() + pauseMs - firstFailure > forMs) throw error;
      options.onRetry?.({ attempt, error, pauseMs });
      await sleep(pauseMs, options.signal);
    }
  }
}

async function realSleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted(); // node's AbortError hides the caller's reason
    throw error;
  }
}
