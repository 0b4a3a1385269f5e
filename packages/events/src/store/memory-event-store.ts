import type { EventCatalog, EventOf, NewEventOf } from '../event-catalog.ts';
import { createEventStore, type EventStoreOptions } from './create-event-store.ts';
import type { EventStore } from './event-store.ts';
import type { EventTransfer } from './event-transfer.ts';
import { createMemoryLog } from './memory-log.ts';

/** An event store in memory: the same promises, but nothing outlives the process. */
export function createMemoryEventStore<Catalog extends EventCatalog>(
  catalog: Catalog,
  options: EventStoreOptions = {},
): EventStore<EventOf<Catalog>, NewEventOf<Catalog>> & EventTransfer {
  return createEventStore(catalog, createMemoryLog(), options);
}
