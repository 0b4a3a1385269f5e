import type { AnyEvent } from '../event.ts';
import { StoreClosedError, StoreUnavailableError } from '../store-errors.ts';
import { type AppendRequest, createAppendPlanner } from './append-planner.ts';
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

/** What goes into a batch for one caller, and how the caller is told. */
interface Plan {
  readonly records?: readonly LogRecord[] | undefined;
  readonly checkpoint?: Checkpoint | undefined;
  readonly resolve: () => void;
}

interface Entry extends QueueEntry {
  readonly request: AppendRequest | null;
  readonly checkpoint: string | null;
  readonly plan: () => Plan;
}

const importPage = 1_000;

/*
 * Invariants.
 * W1  One `writeBatch` at a time; the next begins when the one before has settled.
 * W2  A caller is answered only after the write that holds its events has settled, refusals of its own
 *     included: they may rest on events planned before it in the same batch.
 * W3  A refusal concerns its own caller only; a failed write all of its group, and all that wait.
 * W4  After a failed write nothing is planned or written until the log has recovered.
 */
export function createLogWriter(log: EventLog, options: LogWriterOptions): LogWriter {
  const {
    maxQueuedEvents = 10_000,
    maxQueuedBytes = 67_108_864,
    recoveryIntervalMs = 1_000,
  } = options;
  const planner = createAppendPlanner(log, options.present);
  const checkpoints = createCheckpointPlanner(log, () => planner.lastSequence());
  const queue = createCommitQueue<Entry>({
    maxEvents: maxQueuedEvents,
    maxBytes: maxQueuedBytes,
    commit,
  });
  let failure: StoreUnavailableError | null = null;
  let recovering: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  async function commit(group: readonly Entry[]): Promise<void> {
    const answers: (() => void)[] = [];
    const records: LogRecord[] = [];
    const written: Checkpoint[] = [];
    try {
      if (failure) throw failure;
      await prepare(group);
    } catch (error) {
      for (const entry of group) entry.reject(error);
      return;
    }
    for (const entry of group) {
      try {
        const plan = entry.plan();
        for (const record of plan.records ?? []) records.push(record);
        if (plan.checkpoint) written.push(plan.checkpoint);
        answers.push(plan.resolve);
      } catch (error) {
        answers.push(() => entry.reject(error));
      }
    }
    try {
      if (records.length + written.length > 0) {
        await log.writeBatch({ records, checkpoints: written });
      }
    } catch (error) {
      fail(error, group);
      return;
    }
    planner.written();
    checkpoints.written();
    if (records.length > 0) options.onWritten();
    for (const answer of answers) answer();
  }

  async function prepare(group: readonly Entry[]): Promise<void> {
    const requests = [];
    const names = [];
    for (const { request, checkpoint } of group) {
      if (request) requests.push(request);
      if (checkpoint !== null) names.push(checkpoint);
    }
    await planner.prepare(requests);
    if (names.length > 0) await checkpoints.prepare(names);
  }

  function fail(cause: unknown, group: readonly Entry[]): void {
    const reason = `A write failed (${cause instanceof Error ? cause.message : String(cause)}); the store accepts nothing until it has been reopened and verified`;
    failure = new StoreUnavailableError({ reason, cause });
    planner.reset();
    checkpoints.written();
    for (const entry of group) entry.reject(failure);
    queue.rejectWaiting(failure);
    recoverLater();
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

  /** Queues what `plan` gives and answers with what it resolves to. */
  function enqueue<Result>(
    { request, checkpoint, events, bytes, signal }: Omit<Entry, 'plan' | 'reject'>,
    plan: () => Omit<Plan, 'resolve'> & { readonly result: Result },
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (closed) throw new StoreClosedError();
      if (failure) throw failure;
      queue.push({
        request,
        checkpoint,
        events,
        bytes,
        signal,
        reject,
        plan: () => {
          const { records, checkpoint: written, result } = plan();
          return { records, checkpoint: written, resolve: () => resolve(result) };
        },
      });
    });
  }

  async function importPageOf(events: readonly AnyEvent[]): Promise<void> {
    const taskIds = [...new Set(events.map(({ taskId }) => taskId))];
    const request: AppendRequest = {
      groups: taskIds.map((taskId) => ({ taskId, drafts: [], expectedVersion: 'any' })),
      process: 'import',
      causedBy: events.map(({ eventId }) => eventId), // so that the planner knows which are stored
    };
    await enqueue({ request, checkpoint: null, events: events.length, bytes: 0 }, () => ({
      records: placeImported(events, planner),
      result: undefined,
    }));
  }

  return {
    append(request, signal) {
      let events = 0;
      let bytes = 0;
      for (const { drafts } of request.groups) {
        events += drafts.length;
        for (const { text } of drafts) bytes += text.length;
      }
      return enqueue({ request, checkpoint: null, events, bytes, signal }, () =>
        planner.plan(request),
      );
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
    writeCheckpoint: (checkpoint) =>
      enqueue({ request: null, checkpoint: checkpoint.name, events: 1, bytes: 0 }, () => ({
        checkpoint: checkpoints.plan(checkpoint),
        result: undefined,
      })),
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
