import type { RecordStore } from '../record-store.ts';
import type { StoredRecord } from '../stored-record.ts';

/**
 * Reads a log that may be damaged: gives the records from a sequence on up to the first that cannot be read; none when
 * that is itself.
 */
export function readOn(records: RecordStore, to: number, report: (error: unknown) => void) {
  /** A part in which something is damaged. */
  let part = { to: 0, records: new Map<number, StoredRecord>() };

  return async (from: number): Promise<readonly StoredRecord[]> => {
    if (from > part.to) {
      try {
        return await records.readRange(from, to);
      } catch {
        const sound = await records.readSound(from, to);
        for (const error of sound.damage) report(error);
        const bySequence = sound.records.map((record) => [record.event.sequence, record] as const);
        part = { to: sound.to, records: new Map(bySequence) };
      }
    }
    const page: StoredRecord[] = [];
    for (let sequence = from; sequence <= part.to; sequence++) {
      const record = part.records.get(sequence);
      if (record === undefined) break;
      page.push(record);
    }
    return page;
  };
}
