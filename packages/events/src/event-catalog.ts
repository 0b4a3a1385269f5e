import type { z } from 'zod';
import type { EventRecord, NewEventRecord } from './event.ts';

/** One event type: the schema of its newest payload and how older ones are brought up to it. */
export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
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

/** Names a set of event types. The schemas give both the check at run time and the TypeScript types. */
export function defineEvents<const Definitions extends EventDefinitions>(
  definitions: Definitions,
): EventCatalog<Definitions> {
  return { definitions, eventTypes: new Set(Object.keys(definitions)) };
}
