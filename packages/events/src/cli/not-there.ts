import { codingEvents } from '../coding/coding-events.ts';
import type { LevelEventStore } from '../level/open-level-event-store.ts';
import type { ReadQuery } from '../store/event-store.ts';
import { printable } from './printable.ts';

/**
 * What a query names and the store does not have; null: nothing. Of types those of coding tasks are no surprise: one may
 * just not have happened yet. Of a store's own catalogue only its events are known here.
 */
export async function notThere(store: LevelEventStore, query: ReadQuery): Promise<string | null> {
  const { taskId, eventTypes = [] } = query;
  if (taskId !== undefined && (await store.taskHead(taskId)) === undefined) return noTask(taskId);
  const unknown: string[] = [];
  for (const type of eventTypes) {
    if (!codingEvents.eventTypes.has(type) && !(await hasOne(store, type))) unknown.push(type);
  }
  if (unknown.length === 0) return null;
  const names = unknown.map((type) => JSON.stringify(type)).join(' or ');
  const stored = (await storedTypes(store)).join(', ') || 'none at all';
  return printable(`There is no event of type ${names} in this store; it has ${stored}.`);
}

export function noTask(taskId: string): string {
  return printable(`There is no task ${JSON.stringify(taskId)} in this store.`);
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
