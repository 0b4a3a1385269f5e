import { hash } from 'node:crypto';
import { chainHash, emptyLogHash, type Sha256 } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import { eventKey, eventKeys, sequenceOfKey } from './keys.ts';
import type { LevelDatabase } from './level-database.ts';
import { decodeRecord, type StoredRecord } from './stored-record.ts';

/** SHA-256 by OpenSSL: an order of magnitude quicker than the portable one, and equal to it. */
export const nativeSha256: Sha256 = (text) => hash('sha256', text, 'hex');

const pageBytes = 4 * 1_048_576;

/** The records `from` … `to`, or the first of them that fit into a page; at least one. */
export async function readRecords(
  database: LevelDatabase,
  from: number,
  to: number,
): Promise<StoredRecord[]> {
  const values = await database.read(async (db) => {
    const iterator = db.values({
      gte: eventKey(from),
      lte: eventKey(to),
      highWaterMarkBytes: pageBytes,
    });
    try {
      return await iterator.nextv(to - from + 1);
    } finally {
      await iterator.close();
    }
  }, from);
  if (values.length === 0) throw new IntegrityError({ sequence: from, reason: 'is missing' });
  return values.map((value, i) => decodeRecord(value, from + i));
}

/** The records of these sequences, in this order, or the first of them that fit into memory well. */
export async function readRecordsAt(
  database: LevelDatabase,
  sequences: readonly number[],
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let length = 0;
  while (records.length < sequences.length && length < pageBytes) {
    const some = sequences.slice(records.length, records.length + 256);
    const values = await database.read((db) => db.getMany(some.map(eventKey)), some[0]);
    for (const [i, sequence] of some.entries()) records.push(decodeRecord(values[i], sequence));
    length += values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  }
  return records;
}

export async function readRecord(database: LevelDatabase, sequence: number): Promise<StoredRecord> {
  const value = await database.read((db) => db.get(eventKey(sequence)), sequence);
  return decodeRecord(value, sequence);
}

/** Sequence of the last record that LevelDB shows; 0: none. */
export async function lastStored(database: LevelDatabase): Promise<number> {
  const [key] = await database.read((db) =>
    db.keys({ ...eventKeys, reverse: true, limit: 1 }).all(),
  );
  return key === undefined ? 0 : sequenceOfKey(key);
}

/** Records with their hashes checked against the chain, from `from` to `to`. */
export async function* readChained(
  database: LevelDatabase,
  from: number,
  to: number,
): AsyncGenerator<readonly StoredRecord[]> {
  let previous = from === 1 ? emptyLogHash : (await readRecord(database, from - 1)).hash;
  for (let next = from; next <= to; ) {
    const records = await readRecords(database, next, to);
    for (const record of records) {
      checkLink(previous, record);
      previous = record.hash;
    }
    next += records.length;
    yield records;
  }
}

/** @throws IntegrityError when the record does not follow from the hash before it */
export function checkLink(previous: string, { event, text, hash: stored }: StoredRecord): void {
  if (chainHash(nativeSha256, previous, text) !== stored) {
    throw new IntegrityError({ sequence: event.sequence, reason: 'breaks the hash chain' });
  }
}
