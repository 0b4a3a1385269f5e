import { InvalidPayloadError, type PayloadIssue, UnknownEventTypeError } from './errors.ts';
import type { AnyEvent } from './event.ts';
import {
  definitionOf,
  type EventCatalog,
  type EventDefinition,
  type EventOf,
} from './event-catalog.ts';

/** A payload that its schema accepted, with defaults filled in, and the schema version it now has. */
export interface ParsedPayload {
  readonly data: unknown;
  readonly schemaVersion: number;
}

/**
 * Checks the payload of a new event; older schema versions are upcast first.
 *
 * @throws UnknownEventTypeError, or InvalidPayloadError with the path of each fault
 */
export function parsePayload(
  catalog: EventCatalog,
  event: { readonly eventType: string; readonly data: unknown; readonly schemaVersion?: number },
): ParsedPayload {
  const decoded = decode(catalog, event);
  if (decoded.kind === 'decoded') {
    refuseNewer(catalog, event);
    return { data: decoded.data, schemaVersion: decoded.schemaVersion };
  }
  if (decoded.kind === 'unknown-type') {
    throw new UnknownEventTypeError({ eventType: event.eventType, known: catalog.eventTypes });
  }
  throw decoded.error;
}

/** What a stored event turned out to be. */
export type DecodedEvent<E extends AnyEvent> =
  | { readonly kind: 'known'; readonly event: E }
  | { readonly kind: 'unknown-type'; readonly event: AnyEvent }
  | {
      readonly kind: 'invalid-payload';
      readonly event: AnyEvent;
      readonly error: InvalidPayloadError;
    };

/**
 * Reads a stored event by the catalogue: upcast to the newest schema version and checked. Never throws.
 *
 * A newer writer's type or payload is told as such, with the event as it stands.
 */
export function decodeEvent<Catalog extends EventCatalog>(
  catalog: Catalog,
  event: AnyEvent,
): DecodedEvent<EventOf<Catalog>> {
  const decoded = decode(catalog, event);
  if (decoded.kind === 'unknown-type') return { kind: 'unknown-type', event };
  if (decoded.kind === 'invalid') return { kind: 'invalid-payload', event, error: decoded.error };
  const { data, schemaVersion } = decoded;
  // The schema of this very type has just accepted the payload.
  return { kind: 'known', event: { ...event, data, schemaVersion } as EventOf<Catalog> };
}

type Decoded =
  | ({ readonly kind: 'decoded' } & ParsedPayload)
  | { readonly kind: 'unknown-type' }
  | { readonly kind: 'invalid'; readonly error: InvalidPayloadError };

function decode(
  catalog: EventCatalog,
  event: { readonly eventType: string; readonly data: unknown; readonly schemaVersion?: number },
): Decoded {
  const { eventType } = event;
  const definition = definitionOf(catalog.definitions, eventType);
  if (definition === undefined) return { kind: 'unknown-type' };
  const newest = definition.schemaVersion ?? 1;
  const given = event.schemaVersion ?? newest;
  let data = event.data;
  for (let version = given; version < newest; version++) {
    try {
      data = upcaster(definition, version)(data);
    } catch (cause) {
      const message = `cannot be upcast from schema version ${version}: ${String(cause)}`;
      return invalid(eventType, [{ path: 'data', message }], cause);
    }
  }
  try {
    const result = definition.data.safeParse(data);
    if (result.success) {
      return { kind: 'decoded', data: result.data, schemaVersion: Math.max(given, newest) };
    }
    const issues = result.error.issues.map(({ path, message }) => ({
      path: dataPath(path),
      message,
    }));
    return invalid(eventType, issues, result.error);
  } catch (cause) {
    // A refinement that throws, or an asynchronous one, which cannot be waited for here.
    return invalid(
      eventType,
      [{ path: 'data', message: `cannot be checked: ${String(cause)}` }],
      cause,
    );
  }
}

function invalid(eventType: string, issues: readonly PayloadIssue[], cause: unknown): Decoded {
  return { kind: 'invalid', error: new InvalidPayloadError({ eventType, issues, cause }) };
}

function refuseNewer(
  catalog: EventCatalog,
  event: { readonly eventType: string; readonly schemaVersion?: number },
): void {
  const newest = definitionOf(catalog.definitions, event.eventType)?.schemaVersion ?? 1;
  if (event.schemaVersion === undefined || event.schemaVersion <= newest) return;
  const message = `schema version ${event.schemaVersion} is newer than the catalogue's ${newest}`;
  throw new InvalidPayloadError({
    eventType: event.eventType,
    issues: [{ path: 'schemaVersion', message }],
  });
}

function upcaster(definition: EventDefinition, version: number): (data: unknown) => unknown {
  const upcast = definition.upcast?.[version];
  if (upcast === undefined) throw new Error('there is no upcast');
  // `never` lets each upcast name the shape it takes; what it gives is checked by the schema.
  return upcast as (data: unknown) => unknown;
}

function dataPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    'data',
  );
}
