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
  /** Makes entries ready to be written, in order. Never rejects. */
  readonly stage: (entries: readonly Entry[]) => Promise<void>;
  /** Writes what is staged, and gives what tells its callers. One at a time; never rejects. */
  readonly flush: () => Promise<() => void>;
}

/**
 * Commits in groups, without a timer: what arrives while one group is written forms the next, and is
 * staged meanwhile, a few entries at a time.
 */
export interface CommitQueue<Entry extends QueueEntry> {
  /** @throws QueueFullError; the signal's reason when it is aborted */
  push(entry: Entry): void;
  /** Says that entries that were taken to be staged are settled: their room is free again. */
  release(entries: readonly Entry[]): void;
  /** Rejects all that is not staged yet. */
  rejectWaiting(reason: unknown): void;
  /** Settles when nothing waits and nothing is being written. */
  idle(): Promise<void>;
  queued(): Size;
}

interface Size {
  readonly events: number;
  readonly bytes: number;
}

const nothing: Size = { events: 0, bytes: 0 };

/** Staged in one turn of the event loop, so that the end of a flush is soon seen. A larger append goes alone. */
const stepEvents = 64;
/** A group takes no more, so that one write never stalls long. */
const groupEvents = 4_096;
const groupBytes = 4 * 1_048_576;

export function createCommitQueue<Entry extends QueueEntry>(
  options: CommitQueueOptions<Entry>,
): CommitQueue<Entry> {
  let waiting: Entry[] = [];
  const watched = new Map<Entry, () => void>();
  const queued = { events: 0, bytes: 0 };
  let running: Promise<void> | null = null;
  let staged: Size = nothing;
  let flight: Promise<void> | null = null;

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
    if (entry.signal) watch(entry, entry.signal);
    running ??= run();
  }

  async function run(): Promise<void> {
    await Promise.resolve(); // what is appended in the same turn goes into the same group
    while (waiting.length > 0 || staged.events > 0 || flight !== null) {
      const hasRoom = staged.events < groupEvents && staged.bytes < groupBytes;
      if (waiting.length > 0 && hasRoom) {
        const step = takeStep();
        await options.stage(step);
        staged = sumOf(step, staged);
      }
      // All that waits goes in one flush: two that overlap cost more than the overlap gains.
      if (flight === null && staged.events > 0 && !(hasRoom && waiting.length > 0)) takeOff();
      // As long as there is something to stage the flight's end is only looked for, else waited for.
      if (waiting.length > 0 && hasRoom) await nextTurn();
      else if (flight !== null) await flight;
    }
    running = null;
  }

  /** The next group is on its way before the callers of the last are told: they have work to do, too. */
  function takeOff(): void {
    staged = nothing;
    flight = options.flush().then((answer) => {
      flight = null;
      if (staged.events > 0) takeOff();
      answer();
    });
  }

  function takeStep(): Entry[] {
    let events = 0;
    let count = 0;
    for (const entry of waiting) {
      events += entry.events;
      if (count > 0 && events > stepEvents) break;
      count += 1;
    }
    const step = waiting.splice(0, count);
    for (const entry of step) if (entry.signal) unwatch(entry);
    return step;
  }

  /** Only as long as the entry waits: a signal may outlive many appends. */
  function watch(entry: Entry, signal: AbortSignal): void {
    const giveUp = () => {
      waiting.splice(waiting.indexOf(entry), 1);
      unwatch(entry);
      release([entry]);
      entry.reject(signal.reason);
    };
    watched.set(entry, giveUp);
    signal.addEventListener('abort', giveUp);
  }

  function unwatch(entry: Entry): void {
    const giveUp = watched.get(entry);
    if (giveUp) entry.signal?.removeEventListener('abort', giveUp);
    watched.delete(entry);
  }

  function release(entries: readonly Entry[]): void {
    const { events, bytes } = sumOf(entries, nothing);
    queued.events -= events;
    queued.bytes -= bytes;
  }

  return {
    push,
    release,
    rejectWaiting(reason) {
      const rejected = waiting;
      waiting = [];
      for (const entry of rejected) unwatch(entry);
      release(rejected);
      for (const entry of rejected) entry.reject(reason);
    },
    async idle() {
      while (running) await running;
    },
    queued: () => ({ ...queued }),
  };
}

function sumOf(entries: readonly QueueEntry[], start: Size): Size {
  let { events, bytes } = start;
  for (const entry of entries) {
    events += entry.events;
    bytes += entry.bytes;
  }
  return { events, bytes };
}

/** Lets input and output have their turn. Where there is no `setImmediate`, a timer does. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
