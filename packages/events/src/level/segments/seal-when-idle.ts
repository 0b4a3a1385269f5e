import type { Sealer } from './sealer.ts';

export interface IdleSealing {
  /** A write has just ended. */
  written(): void;
  /** Why sealing stopped; null: it did not. */
  failure(): unknown;
  stop(): Promise<void>;
}

/** Beyond so many records it does not wait for a quiet moment any longer. */
const mostBacklog = 131_072;

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
    if (quiet || sealer.backlog() > mostBacklog) {
      sealer.seal().catch((error: unknown) => {
        failure = error;
      });
    } else {
      quiet = true;
      wait();
    }
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
