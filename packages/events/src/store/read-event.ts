import type { AnyEvent } from '../event.ts';
import { definitionOf, type EventCatalog } from '../event-catalog.ts';
import { decodeEvent } from '../payload.ts';
import { deepFreeze } from '../plain-json.ts';

/**
 * Brings a stored event up to the catalogue's newest schema.
 *
 * Tolerant: a type or payload that the catalogue does not know comes as it was stored.
 */
export function createEventReader(catalog: EventCatalog): (event: AnyEvent) => AnyEvent {
  const newest = new Map<string, number>();
  for (const eventType of catalog.eventTypes) {
    newest.set(eventType, definitionOf(catalog.definitions, eventType)?.schemaVersion ?? 1);
  }
  // Nothing to upcast: every stored event is of schema version 1 at least.
  if ([...newest.values()].every((version) => version === 1)) return (event) => event;
  return (event) => {
    if (event.schemaVersion >= (newest.get(event.eventType) ?? 0)) return event;
    return deepFreeze(decodeEvent(catalog, event).event);
  };
}
