import type { AnyEvent } from './event.ts';
import type { EventStore } from './store/event-store.ts';

/** An event and what led to it. */
export interface CausalChain<E extends AnyEvent = AnyEvent> {
  /** The event asked for first, then its cause, the cause of that … */
  readonly events: readonly E[];
  /** Why it ends there: at a root, at an event that is not there, or where it would go round. */
  readonly end: 'root' | 'missing' | 'cycle';
  /** The id that leads nowhere or back; null at a root. */
  readonly danglingId: string | null;
}

/** Walks `causationId` from an event to its root, among the events given. Tolerates gaps and cycles. */
export function causalChain<E extends AnyEvent>(
  eventId: string,
  events: Iterable<E>,
): CausalChain<E> {
  const byId = new Map<string, E>();
  for (const event of events) byId.set(event.eventId, event);
  const walk = walkCauses<E>(eventId);
  let step = walk.next();
  while (!step.done) step = walk.next(byId.get(step.value));
  return step.value;
}

/** As `causalChain`, looking each event up in a store. Costs one look-up per event of the chain. */
export async function readCausalChain<E extends AnyEvent>(
  eventId: string,
  store: Pick<EventStore<E>, 'getEvent'>,
): Promise<CausalChain<E>> {
  const walk = walkCauses<E>(eventId);
  let step = walk.next();
  while (!step.done) step = walk.next(await store.getEvent(step.value));
  return step.value;
}

/** Asks for one event after another by yielding its id. */
function* walkCauses<E extends AnyEvent>(
  eventId: string,
): Generator<string, CausalChain<E>, E | undefined> {
  const events: E[] = [];
  const seen = new Set<string>();
  let id = eventId;
  while (!seen.has(id)) {
    seen.add(id);
    const event = yield id;
    if (event === undefined) return { events, end: 'missing', danglingId: id };
    events.push(event);
    if (event.causationId === null) return { events, end: 'root', danglingId: null };
    id = event.causationId;
  }
  return { events, end: 'cycle', danglingId: id };
}
