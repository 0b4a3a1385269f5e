import type { AnyEvent } from '../../event.ts';
import { isSameOutline } from '../../event-outline.ts';
import { IntegrityError } from '../../store-errors.ts';
import type { RecordStore } from '../record-store.ts';
import type { StoredRecord } from '../stored-record.ts';

/** Damage can hide a record from a lookup by its place, task or outline that a scan still finds. */
export async function checkLookups(
  records: RecordStore,
  page: readonly StoredRecord[],
  report: (error: unknown) => undefined,
): Promise<void> {
  const events = page.map(({ event }) => event);
  await checkPlaces(records, events).catch(report);
  if ((events.at(-1)?.sequence ?? 0) > records.sealedUpTo()) return;
  for (const [taskId, ofTask] of Map.groupBy(events, (event) => event.taskId)) {
    await checkPlaces(records, ofTask, taskId).catch(report);
  }
  await checkOutlines(records, events).catch(report);
}

async function checkPlaces(
  records: RecordStore,
  events: readonly AnyEvent[],
  taskId?: string,
): Promise<void> {
  const sequences = events.map(({ sequence }) => sequence);
  while (sequences.length > 0) {
    sequences.splice(0, (await records.readEventsAt(sequences, taskId)).length);
  }
}

async function checkOutlines(records: RecordStore, events: readonly AnyEvent[]): Promise<void> {
  const last = events.at(-1)?.sequence ?? 0;
  for (let at = 0; at < events.length; ) {
    for (const outline of await records.readOutlines(events[at]?.sequence ?? 0, last, 'forward')) {
      const event = events[at++];
      if (event && isSameOutline(outline, event)) continue;
      const reason = 'has another outline than the event itself';
      throw new IntegrityError({ sequence: outline.sequence, reason });
    }
  }
}
