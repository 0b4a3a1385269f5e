import type { AnyEvent } from '../event.ts';
import { StoreClosedError, StoreUnavailableError } from '../store-errors.ts';
import { createAppendPlanner } from './append-planner.ts';
import type { AppendRequest } from './append-request.ts';
import { createCheckpointPlanner } from './checkpoint.ts';
import { createCommitQueue, type QueueEntry } from './commit-queue.ts';
import type { EventLog, LogRecord } from './event-log.ts';
import type { AppendResult, Checkpoint, StoreHealth } from './event-store.ts';
import { placeImported } from './import-events.ts';

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

const importPage = 1_000;

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
  let staged: Entry[] = [];
  let failure: StoreUnavailableError | null = null;
  let failures = 0;
  let recovering: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  async function stage(entries: readonly Entry[]): Promise<void> {
    const asOf = failures;
    try {
      if (failure) throw failure;
      await prepare(entries);
      // The flush that was under way has failed meanwhile, and what was prepared counts no longer.
      if (asOf !== failures) throw failure ?? unavailable(null);
    } catch (error) {
      if (entries.length > 1 && asOf === failures && !failure) {
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
    if (failure || staged.length === 0) return () => undefined; // W4: what was staged is lost with it
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
    failures += 1;
    failure = unavailable(cause);
    staged = [];
    planner.reset();
    checkpoints.flushed();
    recoverLater();
    const reason = failure;
    return () => {
      queue.release(lost);
      for (const entry of lost) entry.reject(reason);
      queue.rejectWaiting(reason);
    };
  }

  function recoverLater(): void {
    if (closed) return;
    timer = setTimeout(() => {
      recovering = recover();
    }, recoveryIntervalMs);
    if (typeof timer === 'object') timer.unref?.();
  }

  async function recover(): Promise<void> {
    try {
      await log.recover();
      planner.reset();
      failure = null;
      options.onWritten(); // the failed write may have reached the log after all
    } catch (cause) {
      failure = new StoreUnavailableError({
        reason: `The store could not be reopened after a failed write (${cause instanceof Error ? cause.message : String(cause)})`,
        cause,
      });
      recoverLater();
    }
    recovering = null;
  }

  function enqueue(
    work: Work,
    events: number,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (closed) throw new StoreClosedError();
      if (failure) throw failure;
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

  async function importPageOf(page: readonly AnyEvent[]): Promise<void> {
    const taskIds = [...new Set(page.map(({ taskId }) => taskId))];
    const request: AppendRequest = {
      groups: taskIds.map((taskId) => ({ taskId, drafts: [], expectedVersion: 'any' })),
      process: 'import',
      causedBy: page.map(({ eventId }) => eventId), // so that the planner knows which are stored
    };
    await enqueue({ kind: 'import', request, page }, page.length, 0);
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
      let page: AnyEvent[] = [];
      let count = 0;
      for await (const event of events) {
        page.push(event);
        count += 1;
        if (page.length === importPage) {
          await importPageOf(page);
          page = [];
        }
      }
      if (page.length > 0) await importPageOf(page);
      return count;
    },
    async writeCheckpoint(checkpoint) {
      await enqueue({ kind: 'checkpoint', checkpoint }, 1, 0);
    },
    queued: () => queue.queued(),
    status: () => (failure ? 'degraded' : 'ok'),
    error: () => failure && { code: failure.code, message: failure.message },
    async close() {
      closed = true;
      clearTimeout(timer);
      await queue.idle();
      await recovering;
    },
  };
}

function unavailable(cause: unknown): StoreUnavailableError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  const reason = `A write failed${why}; the store accepts nothing until it has been reopened and verified`;
  return new StoreUnavailableError({ reason, cause });
}
