import { codingEvents } from '../coding/coding-events.ts';
import type { LevelEventStore } from '../level/open-level-event-store.ts';
import { printable } from './printable.ts';

/**
 * Says which of these types nothing is known of: neither has the store one, nor the catalogue of coding tasks, of which
 * one may just not have happened yet. Of a store's own catalogue only its events are known here. Null: all are known.
 */
export async function unknownTypes(
  store: LevelEventStore,
  types: readonly string[],
): Promise<string | null> {
  const unknown: string[] = [];
  for (const type of types) {
    if (!codingEvents.eventTypes.has(type) && !(await hasOne(store, type))) unknown.push(type);
  }
  if (unknown.length === 0) return null;
  const names = unknown.map((type) => JSON.stringify(type)).join(' or ');
  const stored = await storedTypes(store);
  return printable(
    `There is no event of type ${names} in this store; it has ${stored.join(', ') || 'none at all'}.`,
  );
}

async function hasOne(store: LevelEventStore, eventType: string): Promise<boolean> {
  for await (const _ of store.read({ eventTypes: [eventType], limit: 1 })) return true;
  return false;
}

async function storedTypes(store: LevelEventStore): Promise<readonly string[]> {
  const types = new Set<string>();
  for await (const page of store.readOutlines()) {
    for (const { eventType } of page) types.add(eventType);
  }
  return [...types].sort();
}
