import type { z } from 'zod';
import { InvalidCatalogError } from './errors.ts';
import type { EventRecord, NewEventRecord } from './event.ts';

/** One event type: the schema of its newest payload and how older ones are brought up to it. */
export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
  /** Must accept its own output: a stored payload is what it gave, and is checked with it again. */
  readonly data: Data;
  /** @default 1 */
  readonly schemaVersion?: number;
  /** `upcast[n]` turns a payload of schema version n into one of n + 1. */
  readonly upcast?: Readonly<Record<number, (data: never) => unknown>>;
}

/** Event types by name, each with the zod schema of its payload or a whole definition. */
export type EventDefinitions = Readonly<Record<string, z.ZodType | EventDefinition>>;

type DataOf<Definition> = Definition extends z.ZodType
  ? z.output<Definition>
  : Definition extends EventDefinition<infer Schema>
    ? z.output<Schema>
    : never;

type InputOf<Definition> = Definition extends z.ZodType
  ? z.input<Definition>
  : Definition extends EventDefinition<infer Schema>
    ? z.input<Schema>
    : never;

/** A closed set of event types that a store accepts. */
export interface EventCatalog<Definitions extends EventDefinitions = EventDefinitions> {
  readonly definitions: Definitions;
  readonly eventTypes: ReadonlySet<string>;
}

/** The discriminated union of a catalogue's events: `event.data` follows from `event.eventType`. */
export type EventOf<Catalog extends EventCatalog> = {
  [Type in keyof Catalog['definitions'] & string]: EventRecord<
    Type,
    DataOf<Catalog['definitions'][Type]>
  >;
}[keyof Catalog['definitions'] & string];

/** The union of what `append` takes. */
export type NewEventOf<Catalog extends EventCatalog> = {
  [Type in keyof Catalog['definitions'] & string]: NewEventRecord<
    Type,
    InputOf<Catalog['definitions'][Type]>
  >;
}[keyof Catalog['definitions'] & string];

/**
 * Names a set of event types. The schemas give both the check at run time and the TypeScript types.
 *
 * @throws InvalidCatalogError when a schema version has no way up from the one before it
 */
export function defineEvents<const Definitions extends EventDefinitions>(
  definitions: Definitions,
): EventCatalog<Definitions> {
  for (const eventType of Object.keys(definitions)) checkDefinition(definitions, eventType);
  return { definitions, eventTypes: new Set(Object.keys(definitions)) };
}

/** The definition of one type, a bare schema made a whole one; undefined: not in the catalogue. */
export function definitionOf(
  definitions: EventDefinitions,
  eventType: string,
): EventDefinition | undefined {
  if (!Object.hasOwn(definitions, eventType)) return undefined;
  const definition = definitions[eventType];
  if (definition === undefined) return undefined;
  return isSchema(definition) ? { data: definition } : definition;
}

/** By shape, so that a schema of another copy of zod is one as well. */
function isSchema(definition: z.ZodType | EventDefinition): definition is z.ZodType {
  return 'safeParse' in definition;
}

function checkDefinition(definitions: EventDefinitions, eventType: string): void {
  const definition = definitionOf(definitions, eventType);
  const newest = definition?.schemaVersion ?? 1;
  if (!Number.isSafeInteger(newest) || newest < 1) {
    throw new InvalidCatalogError({
      eventType,
      reason: `schemaVersion is ${newest}; it must be an integer from 1`,
    });
  }
  for (let version = 1; version < newest; version++) {
    if (definition?.upcast?.[version] === undefined) {
      throw new InvalidCatalogError({
        eventType,
        reason: `schemaVersion is ${newest} but there is no upcast from ${version}`,
      });
    }
  }
}
