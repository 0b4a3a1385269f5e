import type { Sealer } from './sealer.ts';

export interface IdleSealing {
  /** A write has just ended. */
  written(): void;
  /** Why sealing stopped; null: it did not. */
  failure(): unknown;
  stop(): Promise<void>;
}

/** From so many records on it does not wait for a quiet moment any longer. */
const mostBacklog = 1_048_576;

/** Seals in the background, when nothing was written for a while. @param idleMs Infinity: never */
export function sealWhenIdle(sealer: Sealer, idleMs: number): IdleSealing {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let quiet = true;
  let failure: unknown = null;

  function wait(): void {
    timer = setTimeout(look, idleMs);
    timer.unref();
  }

  function look(): void {
    timer = null;
    if (!quiet && sealer.backlog() < mostBacklog) {
      quiet = true;
      wait();
      return;
    }
    sealer
      .seal(() => quiet || sealer.backlog() >= mostBacklog)
      .then(() => {
        if (!quiet && timer === null) wait();
      })
      .catch((error: unknown) => {
        failure = error;
      });
  }

  return {
    written() {
      quiet = false;
      if (timer === null && failure === null && idleMs !== Number.POSITIVE_INFINITY) wait();
    },
    failure: () => failure,
    async stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await sealer.stop();
    },
  };
}
