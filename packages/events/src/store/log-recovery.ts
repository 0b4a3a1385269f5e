import { StoreUnavailableError } from '../store-errors.ts';
import type { EventLog } from './event-log.ts';

/** Reopens a log after a failed write, again and again, until it is as it was acknowledged. */
export interface LogRecovery {
  /** Why nothing is written now; null: nothing is wrong. */
  failure(): StoreUnavailableError | null;
  /** The failure of the last write that failed, whether the log is open again or not: what was prepared before counts no longer. */
  last(): StoreUnavailableError | null;
  /** A write has failed. @returns what its callers are told */
  failed(cause: unknown): StoreUnavailableError;
  /** Stops; resolves when the attempt under way has ended. */
  close(): Promise<void>;
}

export interface LogRecoveryOptions {
  readonly intervalMs: number;
  /** The log is open again; the failed write may have reached it after all. */
  readonly onRecovered: () => void;
}

export function createLogRecovery(
  log: Pick<EventLog, 'recover'>,
  { intervalMs, onRecovered }: LogRecoveryOptions,
): LogRecovery {
  let failure: StoreUnavailableError | null = null;
  let last: StoreUnavailableError | null = null;
  let recovering: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  function recoverLater(): void {
    if (closed) return;
    timer = setTimeout(() => {
      recovering = recover();
    }, intervalMs);
    if (typeof timer === 'object') timer.unref?.();
  }

  async function recover(): Promise<void> {
    try {
      await log.recover();
      failure = null;
      onRecovered();
    } catch (cause) {
      failure = new StoreUnavailableError({
        reason: `The store could not be reopened after a failed write (${cause instanceof Error ? cause.message : String(cause)})`,
        cause,
      });
      recoverLater();
    }
    recovering = null;
  }

  return {
    failure: () => failure,
    last: () => last,
    failed(cause) {
      last = unavailable(cause);
      failure = last;
      recoverLater();
      return last;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await recovering;
    },
  };
}

function unavailable(cause: unknown): StoreUnavailableError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  const reason = `A write failed${why}; the store accepts nothing until it has been reopened and verified`;
  return new StoreUnavailableError({ reason, cause });
}
