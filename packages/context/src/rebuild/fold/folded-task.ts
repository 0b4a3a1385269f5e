import type { Event } from '@org/events';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import { CodeMap } from '../nodes/code-map.ts';
import { mapCode } from '../nodes/code-nodes.ts';

/** A cache that events are folded into, with what is derived from it to do so quickly. */
export interface FoldedTask {
  /** Whose events it holds; null while it holds none. */
  readonly taskId: string | null;
  readonly cache: NetworkedCache;
  readonly map: CodeMap;
  /** The concept (guidance, report, correction) that an event is told by. */
  readonly conceptOf: Map<string, string>;
  /** Files whose ties have to be made anew. */
  readonly unlinked: Set<string>;
}

/** One event on its way into a cache. */
export interface Folding<E extends Event = Event> extends FoldedTask {
  readonly event: E;
}
export type FoldingOf<Type extends Event['eventType']> = Folding<
  Extract<Event, { eventType: Type }>
>;

/** What has to be known of a cache before the next event: read from the cache itself. */
export function foldedTask(cache: NetworkedCache): FoldedTask {
  const map = new CodeMap();
  mapCode(cache, map);
  const conceptOf = new Map<string, string>();
  let taskId: string | null = null;
  for (const { id, type, name, eventIds } of cache.nodes()) {
    if (type === 'task') taskId = name;
    if (type === 'concept' && id.startsWith('concept:'))
      for (const eventId of eventIds) conceptOf.set(eventId, id);
  }
  return { taskId, cache, map, conceptOf, unlinked: new Set() };
}
