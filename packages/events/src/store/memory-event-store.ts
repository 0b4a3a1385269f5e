import type { EventCatalog } from '../event-catalog.ts';
import {
  type CompleteEventStore,
  createEventStore,
  type EventStoreOptions,
} from './create-event-store.ts';
import { createMemoryLog } from './memory-log.ts';

/** An event store in memory: the same promises, but nothing outlives the process. */
export function createMemoryEventStore<Catalog extends EventCatalog>(
  catalog: Catalog,
  options: EventStoreOptions = {},
): CompleteEventStore<Catalog> {
  return createEventStore(catalog, createMemoryLog(), options);
}
