import { type Event, type JsonValue, VectorClock } from '@org/events';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import type { NewCacheNode, StoredNode } from '../../graph/nodes/cache-node.ts';

/** A node remembers at most so many of its events: the first, and the newest others. */
const keptEvents = 64;

/** What an event says about a node; metadata is merged, the rest replaced. */
export type NodeChange = Omit<
  NewCacheNode,
  'eventIds' | 'sequence' | 'vectorClock' | 'metadata'
> & {
  readonly metadata?: Readonly<Record<string, JsonValue>>;
};

/** Adds or changes a node because of an event, and writes down that it did. */
export function touchNode(cache: NetworkedCache, event: Event, change: NodeChange): void {
  const former = cache.peek(change.id);
  cache.addNode({
    ...change,
    metadata: { ...former?.metadata, ...change.metadata },
    eventIds: withEvent(former?.eventIds ?? [], event.eventId),
    ...seenBy(event, former),
  });
}

/** Moves a node's clock past an event that touched its subject without changing it. */
export function passNode(cache: NetworkedCache, event: Event, id: string): void {
  const former = cache.peek(id);
  if (former !== undefined) cache.addNode({ id, type: former.type, ...seenBy(event, former) });
}

function withEvent(eventIds: readonly string[], eventId: string): readonly string[] {
  return eventIds.includes(eventId) ? eventIds : keptEventIds([...eventIds, eventId]);
}

/** Each once, in their order, cut to those that are kept. */
export function keptEventIds(eventIds: readonly string[]): readonly string[] {
  const unique = [...new Set(eventIds)];
  if (unique.length <= keptEvents) return unique;
  return [...unique.slice(0, 1), ...unique.slice(1 - keptEvents)];
}

function seenBy(
  event: Event,
  node: StoredNode | undefined,
): Pick<StoredNode, 'sequence' | 'vectorClock'> {
  return {
    sequence: Math.max(node?.sequence ?? 0, event.sequence),
    vectorClock: VectorClock.merge(node?.vectorClock ?? {}, event.vectorClock ?? {}),
  };
}
