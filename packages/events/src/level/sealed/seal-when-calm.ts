import type { Sealer } from './sealer.ts';

export interface CalmSealing {
  /** A write of so many records and so much text has just ended. */
  written(records: number, textLength: number): void;
  stop(): Promise<void>;
}

/**
 * So many records in an interval still are calm: sealing them takes about a hundredth of the time in which they
 * came. With more it waits, so that bursts have the machine to themselves.
 */
const mostCalmRecords = 1_000;

/** From so many records on it does not wait for calm any longer: a log under steady load is sealed too. */
const mostBacklog = 262_144;

/** Seals in the background, looking every `intervalMs` whether there is calm. @param intervalMs Infinity: never */
export function sealWhenCalm(sealer: Sealer, intervalMs: number): CalmSealing {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let recent = 0;
  let failed = false;

  const mayGoOn = () => recent <= mostCalmRecords || sealer.backlog().records >= mostBacklog;

  function wait(): void {
    if (timer !== null || failed || intervalMs === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(look, intervalMs);
    timer.unref();
  }

  function look(): void {
    timer = null;
    const calm = mayGoOn();
    recent = 0;
    if (!sealer.backlog().isFull) return; // the next write waits anew
    if (!calm) {
      wait();
      return;
    }
    sealer.seal(mayGoOn).then(
      () => {
        if (sealer.backlog().isFull) wait();
      },
      () => {
        // Told elsewhere: a failed write by the next append, damage by whoever reads it.
        failed = true;
      },
    );
  }

  return {
    written(records, textLength) {
      recent += records;
      sealer.written(textLength);
      wait();
    },
    async stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await sealer.stop();
    },
  };
}
