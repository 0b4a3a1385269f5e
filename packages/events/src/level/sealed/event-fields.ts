import type { AnyEvent } from '../../event.ts';
import type { VectorClock } from '../../vector-clock.ts';
import type { StoredRecord } from '../stored-record.ts';
import { readValue, shapeReader } from './value-reader.ts';
import { shapeOfKeys } from './vocabulary.ts';

/** The fields of an event, in the order of its text. */
const eventKeys = [
  'sequence',
  'version',
  'vectorClock',
  'eventId',
  'taskId',
  'eventType',
  'timestamp',
  'codeVersion',
  'codeHash',
  'causationId',
  'correlationId',
  'schemaVersion',
  'data',
] as const satisfies readonly (keyof AnyEvent)[];

/** What a segment has of a record, in order. */
export function fieldsOf({ event, streamClock }: StoredRecord): readonly unknown[] {
  return [streamClock, ...eventKeys.map((key) => event[key])];
}

const readFields = shapeReader(shapeOfKeys(eventKeys));

/** The next record, as `fieldsOf` wrote it: the checksum says that each value is of its field's type. */
export function readRecordFields(): Pick<StoredRecord, 'event' | 'streamClock'> {
  const streamClock = readValue() as VectorClock | null;
  return { streamClock, event: readFields() as AnyEvent };
}

/** As `readRecordFields`, the event alone. */
export function readEventFields(): AnyEvent {
  readValue();
  return readFields() as AnyEvent;
}
