import type { AnyEvent } from '../event.ts';
import { StoreClosedError } from '../store-errors.ts';
import { createAppendPlanner } from './append-planner.ts';
import type { AppendRequest } from './append-request.ts';
import { createCheckpointPlanner } from './checkpoint.ts';
import { createCommitQueue, type QueueEntry } from './commit-queue.ts';
import type { EventLog, LogRecord } from './event-log.ts';
import type { AppendResult, Checkpoint, StoreHealth } from './event-store.ts';
import { importPages, importRequest, placeImported } from './import-events.ts';
import { createLogRecovery } from './log-recovery.ts';

export interface LogWriterOptions {
  /** Most events that may wait to be written. @default 10_000 */
  readonly maxQueuedEvents?: number;
  /** Most bytes of event text that may wait to be written; one larger append may wait alone. @default 67_108_864 (64 MiB) */
  readonly maxQueuedBytes?: number;
  /** How long after a failed write the store tries to reopen, again and again. @default 1_000 */
  readonly recoveryIntervalMs?: number;
  /** Brings a stored event up to the catalogue. */
  readonly present: (event: AnyEvent) => AnyEvent;
  /** Called after each write, when its events are durable and can be read. */
  readonly onWritten: () => void;
}

/** The only writer of a log: one write at a time, everything else waits and goes together. */
export interface LogWriter {
  append(request: AppendRequest, signal?: AbortSignal): Promise<AppendResult>;
  importEvents(events: Iterable<AnyEvent> | AsyncIterable<AnyEvent>): Promise<number>;
  writeCheckpoint(checkpoint: Checkpoint): Promise<void>;
  queued(): StoreHealth['queued'];
  status(): 'ok' | 'degraded';
  error(): StoreHealth['error'];
  /** Refuses what comes and finishes what waits. */
  close(): Promise<void>;
}

/** What one caller waits for. */
interface Entry extends QueueEntry {
  readonly resolve: (result: unknown) => void;
  /** Null once it is staged, so that its texts need no memory any longer. */
  work: Work | null;
  /** What is known when it is staged, but not told before it is durable: a result, or why it is refused. */
  outcome: unknown;
  isRefused: boolean;
}

type Work =
  | { readonly kind: 'append'; readonly request: AppendRequest }
  | { readonly kind: 'import'; readonly request: AppendRequest; readonly page: readonly AnyEvent[] }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint };

/*
 * Invariants.
 * W1  One flush at a time; the next begins when the one before has settled. Meanwhile it is staged.
 * W2  A caller is answered only after the flush that holds its events has settled, refusals of its own
 *     included: they may rest on events staged before it.
 * W3  A refusal concerns its own caller only; a failed flush all that is staged, and all that wait.
 * W4  After a failed flush nothing is staged or written until the log has recovered.
 */
export function createLogWriter(log: EventLog, options: LogWriterOptions): LogWriter {
  const {
    maxQueuedEvents = 10_000,
    maxQueuedBytes = 67_108_864,
    recoveryIntervalMs = 1_000,
  } = options;
  const planner = createAppendPlanner(log, {
    present: options.present,
    maxStaged: maxQueuedEvents,
  });
  const checkpoints = createCheckpointPlanner(log, () => planner.lastSequence());
  const queue = createCommitQueue<Entry>({
    maxEvents: maxQueuedEvents,
    maxBytes: maxQueuedBytes,
    stage,
    flush,
  });
  const recovery = createLogRecovery(log, {
    intervalMs: recoveryIntervalMs,
    onRecovered: () => {
      planner.reset();
      options.onWritten(); // the failed write may have reached the log after all
    },
  });
  let staged: Entry[] = [];
  let closed = false;

  async function stage(entries: readonly Entry[]): Promise<void> {
    const before = recovery.last();
    try {
      throwIf(recovery.failure());
      await prepare(entries);
      // The flush that was under way has failed meanwhile, and what was prepared counts no longer.
      if (recovery.last() !== before) throwIf(recovery.last());
    } catch (error) {
      const isOwn = recovery.last() === before && recovery.failure() === null;
      if (entries.length > 1 && isOwn) {
        // What one of them needs is damaged or cannot be read: W3.
        for (const entry of entries) await stage([entry]);
        return;
      }
      queue.release(entries);
      for (const entry of entries) entry.reject(error);
      return;
    }
    const batch: { records: LogRecord[]; checkpoints: Checkpoint[] } = {
      records: [],
      checkpoints: [],
    };
    for (const entry of entries) {
      try {
        if (entry.work) entry.outcome = plan(entry.work, batch);
      } catch (error) {
        entry.outcome = error;
        entry.isRefused = true;
      }
      entry.work = null;
      staged.push(entry);
    }
    log.stage(batch);
  }

  async function flush(): Promise<() => void> {
    if (recovery.failure() || staged.length === 0) return () => undefined; // W4: what was staged is lost with it
    const flushed = staged;
    staged = [];
    planner.flushing();
    try {
      await log.flush();
    } catch (error) {
      const lost = [...flushed, ...staged];
      return fail(error, lost);
    }
    planner.flushed();
    if (staged.length === 0) checkpoints.flushed();
    return () => {
      options.onWritten();
      queue.release(flushed);
      for (const { outcome, isRefused, resolve, reject } of flushed) {
        if (isRefused) reject(outcome);
        else resolve(outcome);
      }
    };
  }

  async function prepare(group: readonly Entry[]): Promise<void> {
    const requests: AppendRequest[] = [];
    const names: string[] = [];
    for (const { work } of group) {
      if (work?.kind === 'checkpoint') names.push(work.checkpoint.name);
      else if (work) requests.push(work.request);
    }
    await planner.prepare(requests);
    if (names.length > 0) await checkpoints.prepare(names);
  }

  /** Adds to the batch what the work needs written, and gives what its caller is told then. */
  function plan(work: Work, batch: { records: LogRecord[]; checkpoints: Checkpoint[] }): unknown {
    switch (work.kind) {
      case 'append':
        return planner.plan(work.request, batch.records);
      case 'import':
        for (const record of placeImported(work.page, planner)) batch.records.push(record);
        return undefined;
      case 'checkpoint':
        batch.checkpoints.push(checkpoints.plan(work.checkpoint));
        return undefined;
    }
  }

  function fail(cause: unknown, lost: readonly Entry[]): () => void {
    const reason = recovery.failed(cause);
    staged = [];
    planner.reset();
    checkpoints.flushed();
    return () => {
      queue.release(lost);
      for (const entry of lost) entry.reject(reason);
      queue.rejectWaiting(reason);
    };
  }

  function enqueue(
    work: Work,
    events: number,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (closed) throw new StoreClosedError();
      throwIf(recovery.failure());
      queue.push({
        work,
        events,
        bytes,
        signal,
        resolve,
        reject,
        outcome: undefined,
        isRefused: false,
      });
    });
  }

  return {
    append(request, signal) {
      let events = 0;
      let bytes = 0;
      for (const { drafts } of request.groups) {
        events += drafts.length;
        for (const { body } of drafts) bytes += body.length;
      }
      // What `plan` gives for an append.
      return enqueue({ kind: 'append', request }, events, bytes, signal) as Promise<AppendResult>;
    },
    async importEvents(events) {
      let count = 0;
      for await (const page of importPages(events)) {
        await enqueue({ kind: 'import', request: importRequest(page), page }, page.length, 0);
        count += page.length;
      }
      return count;
    },
    async writeCheckpoint(checkpoint) {
      await enqueue({ kind: 'checkpoint', checkpoint }, 1, 0);
    },
    queued: () => queue.queued(),
    status: () => (recovery.failure() ? 'degraded' : 'ok'),
    error() {
      const failure = recovery.failure();
      return failure && { code: failure.code, message: failure.message };
    },
    async close() {
      closed = true;
      await Promise.all([queue.idle(), recovery.close()]);
    },
  };
}

function throwIf(failure: Error | null): void {
  if (failure !== null) throw failure;
}
