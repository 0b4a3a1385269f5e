import { join } from 'node:path';
import type { EventLog, StreamHead } from '../store/event-log.ts';
import type { LogHead } from '../store/event-store.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import { copyLog } from './copy-log.ts';
import { eventKey } from './keys.ts';
import { openLevelDatabase } from './level-database.ts';
import { openPostingIndex, type PostingIndexOptions } from './postings/posting-index.ts';
import { createRecordEncoder } from './record-encoder.ts';
import { lastStored, readChained, readRecord, readRecords, readRecordsAt } from './record-store.ts';
import { readCheckpoint, writeCheckpoint } from './stored-checkpoint.ts';
import type { StoredRecord } from './stored-record.ts';
import { type VerifyReport, verifyLog } from './verify-log.ts';
import { openWitness, readWitness, type WitnessReport } from './witness-file.ts';

/*
 * The durable log. LevelDB loses data silently in five ways that were measured (docs/decisions/0010);
 * each invariant answers one or more of them.
 * L1  One synced batch holds whole appends, and nothing is acknowledged before it has settled. LevelDB
 *     recovers a prefix of batches: a crash leaves a prefix of whole appends.
 * L2  After the first failed write the handle is never written to again: LevelDB would go on to
 *     acknowledge what it then loses. `recover` opens a new one and compares its head.
 * L3  Each value carries a checksum, checked whenever it is read; event keys have no gaps, so that a
 *     missing one shows.
 * L4  Each record carries the hash chain up to it: on open the tail is checked, in `verify` all of it.
 * L5  A witness beside the log names the last acknowledged head: a log that ends before it is damaged.
 * L6  The folder is owned (owner-file.ts) before any of this runs.
 */
export interface LevelLog extends EventLog {
  /** What was found on open. */
  readonly opened: { readonly head: LogHead; readonly witness: WitnessReport['state'] };
  verify(): Promise<VerifyReport>;
  /** Copies a consistent state into a new folder, while appends go on. */
  copyTo(into: string): Promise<LogHead>;
}

/** How many records before the head are checked against the chain on open, at least. */
const checkedTail = 64;

const asBytes = { valueEncoding: 'view' } as const;

/** Opens the log in a store's folder, which the caller owns. */
export async function openLevelLog(
  path: string,
  options: PostingIndexOptions = {},
): Promise<LevelLog> {
  const database = await openLevelDatabase(join(path, 'log'));
  const witness = openWitness(path);
  const encoder = createRecordEncoder();
  let index = await openPostingIndex(database, options);
  let last = 0;
  let hash = emptyLogHash;

  /** Finds the head, checks it against witness and chain, and brings the index up to it. */
  async function load(): Promise<WitnessReport['state']> {
    const found = await lastStored(database);
    const report = readWitness(path);
    const acknowledged = report.state === 'present' ? report.head : null;
    const known = Math.max(acknowledged?.sequence ?? 0, index.indexed(), last);
    if (found < known) throw lostTail(found, known);
    if (acknowledged) await compare(acknowledged);
    if (last > 0) await compare({ sequence: last, hash });
    const indexed = index.indexed();
    const from = Math.max(1, Math.min(indexed + 1, found - checkedTail));
    let head = emptyLogHash;
    for await (const records of readChained(database, from, found)) {
      for (const { event } of records) if (event.sequence > indexed) index.add(event);
      head = records.at(-1)?.hash ?? head;
      await index.settle();
    }
    last = found;
    hash = head;
    return report.state;
  }

  async function compare(head: LogHead): Promise<void> {
    if (head.sequence === 0) return;
    const { hash: stored } = await readRecord(database, head.sequence);
    if (stored !== head.hash) {
      throw new IntegrityError({
        sequence: head.sequence,
        reason: 'is not the one that was acknowledged',
      });
    }
  }

  async function findEvent(eventId: string): Promise<number | undefined> {
    const record = await firstRecord(
      await index.candidates('id', eventId),
      ({ event }) => event.eventId === eventId,
    );
    return record?.event.sequence;
  }

  async function findStream(taskId: string): Promise<StreamHead | undefined> {
    const record = await firstRecord(
      await index.candidates('task', taskId),
      ({ event }) => event.taskId === taskId,
    );
    if (!record) return undefined;
    const { event, streamClock } = record;
    return {
      version: event.version,
      sequence: event.sequence,
      vectorClock: streamClock ?? event.vectorClock,
    };
  }

  /** Of candidates found by hash the first that is what was looked for: nearly always the first. */
  async function firstRecord(
    candidates: readonly number[],
    matches: (record: StoredRecord) => boolean,
  ): Promise<StoredRecord | undefined> {
    for (const sequence of candidates) {
      const record = await readRecord(database, sequence);
      if (matches(record)) return record;
    }
    return undefined;
  }

  let opened: LevelLog['opened'];
  try {
    const state = await load();
    opened = { head: { sequence: last, hash }, witness: state };
  } catch (error) {
    await database.close();
    throw error;
  }

  return {
    opened,
    async writeBatch({ records, checkpoints }) {
      if (index.failure() !== null) throw index.failure();
      const batch = database.batch();
      let link = hash;
      for (const { event, text, streamClock } of records) {
        const encoded = encoder.encode(link, text, streamClock);
        batch.put(eventKey(event.sequence), encoded.value, asBytes);
        link = encoded.hash;
      }
      for (const checkpoint of checkpoints) writeCheckpoint(batch, checkpoint);
      await batch.write({ sync: true });
      last += records.length;
      hash = link;
      witness.record({ sequence: last, hash });
      for (const { event } of records) index.add(event);
    },
    head: () => ({ sequence: last, hash }),
    lastSequence: () => last,
    readRange: async (from, to) => eventsOf(await readRecords(database, from, to)),
    readMany: async (sequences) => eventsOf(await readRecordsAt(database, sequences)),
    findEvents: (eventIds) => Promise.all(eventIds.map(findEvent)),
    findStreams: (taskIds) => Promise.all(taskIds.map(findStream)),
    findSequences: (query) => index.findSequences(query),
    readCheckpoint: (name) => readCheckpoint(database, name),
    async verify() {
      const witnessed = readWitness(path);
      const head = { sequence: last, hash };
      return verifyLog({ database, head, runs: () => index.runs(), witness: witnessed });
    },
    copyTo: (into) => copyLog(database, into),
    async recover() {
      await index.settle();
      await database.reopen();
      index = await openPostingIndex(database, options);
      await load();
    },
    async close() {
      await index.settle();
      await database.close();
      witness.close();
    },
  };
}

function lostTail(found: number, known: number): IntegrityError {
  return new IntegrityError({
    sequence: found + 1,
    reason: `the log ends before it, but events up to ${known} were acknowledged; restore a backup, or accept the shorter log with \`repair\``,
  });
}

function eventsOf(records: readonly StoredRecord[]) {
  return records.map(({ event }) => event);
}
