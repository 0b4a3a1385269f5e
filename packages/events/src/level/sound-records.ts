import { IntegrityError } from '../store-errors.ts';
import type { StoredRecord } from './stored-record.ts';

/** What can be read of a part of the log in which something is damaged. */
export interface SoundRecords {
  /** The last sequence of the part. */
  readonly to: number;
  /** Rising, with gaps. */
  readonly records: readonly StoredRecord[];
  /** Why the others cannot be read; at least one reason where there is a gap. */
  readonly damage: readonly unknown[];
}

/** Of a part whose records do not lie in order; one that no row has, though none is damaged, is missing. */
export function soundRecords(
  [from, to]: readonly [number, number],
  found: readonly StoredRecord[],
  damage: readonly unknown[],
): SoundRecords {
  const records = found
    .filter(({ event: { sequence } }) => sequence >= from && sequence <= to)
    .sort((one, other) => one.event.sequence - other.event.sequence);
  if (damage.length > 0 || records.length === to - from + 1) return { to, records, damage };
  const at = records.findIndex(({ event }, i) => event.sequence !== from + i);
  const sequence = from + (at === -1 ? records.length : at);
  return { to, records, damage: [new IntegrityError({ sequence, reason: 'is missing' })] };
}

/** Reads a part record by record. */
export async function readEach(
  from: number,
  to: number,
  read: (sequence: number) => Promise<StoredRecord>,
): Promise<SoundRecords> {
  const records: StoredRecord[] = [];
  const damage: unknown[] = [];
  for (let sequence = from; sequence <= to; sequence++) {
    await read(sequence).then(
      (record) => records.push(record),
      (error: unknown) => damage.push(error),
    );
  }
  return { to, records, damage };
}
