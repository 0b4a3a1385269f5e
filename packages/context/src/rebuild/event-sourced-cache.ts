import { type Event, type EventStore, VectorClock } from '@org/events';
import type { TokenCounter } from '@org/models';
import { InvalidContextRequestError } from '../errors/request-errors.ts';
import { loadCodeParser } from '../graph/code/code-parser.ts';
import { NetworkedCache } from '../graph/networked-cache.ts';
import type { CacheNode } from '../graph/nodes/cache-node.ts';
import { foldEvent } from './fold/fold-event.ts';
import { type FoldedTask, foldedTask } from './fold/folded-task.ts';
import { isBefore } from './moment.ts';
import { linkFiles } from './nodes/code-links.ts';
import { subjectsOfEvent, subjectsOfNode } from './subjects.ts';

export interface EventSourcedCacheOptions {
  /** Where the events of a task id are read. Not needed when events are given. */
  readonly store?: Pick<EventStore<Event>, 'read'>;
  /** Counts what the caches render. @default an estimate on the safe side for any model */
  readonly counter?: TokenCounter;
}

export interface RebuildOptions {
  /** Inclusive: a sequence, an ISO timestamp, or a bare date (the end of that day, UTC). @default the latest */
  readonly until?: number | string;
  readonly signal?: AbortSignal;
}

/**
 * Folds a task's events into a NetworkedCache: the same events always give the same bytes, step by step
 * or at once. Never asks a model.
 */
export class EventSourcedCache {
  readonly #options: EventSourcedCacheOptions;
  readonly #folded = new WeakMap<NetworkedCache, FoldedTask>();

  constructor(options: EventSourcedCacheOptions = {}) {
    this.#options = options;
  }

  /**
   * The cache as of a moment, from a task's id or from its events in any order. No events: an empty cache.
   *
   * @throws InvalidContextRequestError for an id without a store, events of several tasks, or an `until`
   *   that is no moment
   */
  async rebuildCache(
    from: string | Iterable<Event>,
    options: RebuildOptions = {},
  ): Promise<NetworkedCache> {
    await loadCodeParser();
    const events = typeof from === 'string' ? await this.#read(from, options) : [...from];
    options.signal?.throwIfAborted();
    const chosen = events.filter((event) => isBefore(event, options.until));
    chosen.sort((a, b) => a.sequence - b.sequence);
    const cache = new NetworkedCache(
      this.#options.counter === undefined ? {} : { counter: this.#options.counter },
    );
    this.#fold(cache, chosen);
    return cache;
  }

  /**
   * Folds further events into a cache, in order of their sequence; what is in it already is passed over.
   * Gives the same cache. Call `loadCodeParser` once before, or code is read by patterns only.
   *
   * @throws InvalidContextRequestError for events of another task than the cache's
   */
  apply(cache: NetworkedCache, events: Event | Iterable<Event>): NetworkedCache {
    const given = Symbol.iterator in events ? [...events] : [events];
    const fresh = given.filter(({ sequence }) => sequence === 0 || sequence > cache.sequence);
    fresh.sort((a, b) => a.sequence - b.sequence);
    this.#fold(cache, fresh);
    return cache;
  }

  /**
   * Whether one of the events touches what the node speaks of, and the node does not know it: its clock
   * happens before that of the event, or is concurrent with it. Where a clock is empty the sequence decides.
   */
  isCacheStale(node: CacheNode, events: Iterable<Event>): boolean {
    const subjects = new Set(subjectsOfNode(node));
    if (subjects.size === 0) return false;
    for (const event of events) {
      if (node.eventIds.includes(event.eventId) || knows(node, event)) continue;
      if (subjectsOfEvent(event).some((subject) => subjects.has(subject))) return true;
    }
    return false;
  }

  async #read(taskId: string, options: RebuildOptions): Promise<Event[]> {
    const { store } = this.#options;
    if (store === undefined)
      throw new InvalidContextRequestError(
        `The events of ${taskId} cannot be read: no store was given.`,
      );
    const events: Event[] = [];
    for await (const event of store.read({ taskId, ...options })) events.push(event);
    return events;
  }

  #fold(cache: NetworkedCache, events: readonly Event[]): void {
    const first = events[0];
    if (first === undefined) return;
    const other = events.find(({ taskId }) => taskId !== first.taskId)?.taskId;
    const folded = this.#folded.get(cache) ?? foldedTask(cache);
    const held = folded.taskId ?? first.taskId;
    if (other !== undefined || held !== first.taskId)
      throw new InvalidContextRequestError(
        `A cache holds one task: events of ${first.taskId} and of ${other ?? held} do not go together.`,
      );
    this.#folded.set(cache, { ...folded, taskId: held });
    for (const event of events) foldEvent(folded, event);
    linkFiles(cache, folded.map, folded.unlinked);
    folded.unlinked.clear();
  }
}

function knows(node: CacheNode, event: Event): boolean {
  const order = VectorClock.compare(node.vectorClock, event.vectorClock ?? {});
  const empty = isEmpty(node.vectorClock) || isEmpty(event.vectorClock ?? {});
  return empty ? event.sequence <= node.sequence : order === 'after' || order === 'equal';
}

function isEmpty(clock: VectorClock): boolean {
  return Object.keys(clock).length === 0;
}
