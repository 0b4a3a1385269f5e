import { QueueFullError } from '../store-errors.ts';

/** What waits to be committed. */
export interface QueueEntry {
  readonly events: number;
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly reject: (reason: unknown) => void;
}

export interface CommitQueueOptions<Entry extends QueueEntry> {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Settles every entry it is given. Called with one group at a time; never rejects. */
  readonly commit: (group: readonly Entry[]) => Promise<void>;
}

/** Commits in groups: what arrives while one group is written forms the next. No timer. */
export interface CommitQueue<Entry extends QueueEntry> {
  /** @throws QueueFullError; the signal's reason when it is aborted */
  push(entry: Entry): void;
  /** Rejects all that wait; the group being written is left alone. */
  rejectWaiting(reason: unknown): void;
  /** Settles when nothing waits and nothing is being written. */
  idle(): Promise<void>;
  queued(): { readonly events: number; readonly bytes: number };
}

/** Above these a group is cut, so that one write never stalls long. A single larger append goes alone. */
const maxGroupEvents = 4_096;
const maxGroupBytes = 4 * 1_048_576;

export function createCommitQueue<Entry extends QueueEntry>(
  options: CommitQueueOptions<Entry>,
): CommitQueue<Entry> {
  let waiting: Entry[] = [];
  const queued = { events: 0, bytes: 0 };
  let running: Promise<void> | null = null;

  function push(entry: Entry): void {
    entry.signal?.throwIfAborted();
    const events = queued.events + entry.events;
    const bytes = queued.bytes + entry.bytes;
    if (queued.events > 0 && (events > options.maxEvents || bytes > options.maxBytes)) {
      const limits = { events: options.maxEvents, bytes: options.maxBytes };
      throw new QueueFullError({ queued: { ...queued }, limits });
    }
    queued.events = events;
    queued.bytes = bytes;
    waiting.push(entry);
    entry.signal?.addEventListener('abort', () => giveUp(entry), { once: true });
    running ??= run();
  }

  async function run(): Promise<void> {
    await Promise.resolve(); // what is appended in the same turn goes into the same group
    while (waiting.length > 0) await options.commit(takeGroup());
    running = null;
  }

  function takeGroup(): Entry[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const entry of waiting) {
      events += entry.events;
      bytes += entry.bytes;
      if (count > 0 && (events > maxGroupEvents || bytes > maxGroupBytes)) break;
      count += 1;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const entry of group) release(entry);
    return group;
  }

  function giveUp(entry: Entry): void {
    const index = waiting.indexOf(entry);
    if (index === -1) return; // being written, or settled
    waiting.splice(index, 1);
    release(entry);
    entry.reject(entry.signal?.reason);
  }

  function release(entry: Entry): void {
    queued.events -= entry.events;
    queued.bytes -= entry.bytes;
  }

  return {
    push,
    rejectWaiting(reason) {
      const rejected = waiting;
      waiting = [];
      for (const entry of rejected) {
        release(entry);
        entry.reject(reason);
      }
    },
    async idle() {
      while (running) await running;
    },
    queued: () => ({ ...queued }),
  };
}
