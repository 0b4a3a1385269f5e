import { join } from 'node:path';
import type { AnyEvent } from '../event.ts';
import type { EventLog, StreamHead } from '../store/event-log.ts';
import type { LogHead } from '../store/event-store.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import { copyLog } from './copy-log.ts';
import { groupKey } from './keys.ts';
import { type LevelBatch, openLevelDatabase } from './level-database.ts';
import {
  openPostingIndex,
  type PostingIndex,
  type PostingIndexOptions,
} from './postings/posting-index.ts';
import { createRecentEvents, type RecentEvents } from './recent-events.ts';
import { createGroupEncoder } from './record-group.ts';
import { openRecordStore, type RecordStore, readChained } from './record-store.ts';
import { dropReplayedLogs, keepReplayedLogs } from './replayed-logs.ts';
import { type CalmSealing, sealWhenCalm } from './sealed/seal-when-calm.ts';
import { createSealer, type Sealer, type WindowSize } from './sealed/sealer.ts';
import { readCheckpoint, writeCheckpoint } from './stored-checkpoint.ts';
import type { StoredRecord } from './stored-record.ts';
import { type VerifyReport, verifyLog } from './verify/verify-log.ts';
import { lostTail, openWitness, readWitness, type WitnessReport } from './witness-file.ts';

/*
 * The durable log. LevelDB loses data silently in five ways that were measured (docs/decisions/0010);
 * each invariant answers one or more of them.
 * L1  One synced batch holds whole appends, and nothing is acknowledged before it has settled. LevelDB
 *     recovers a prefix of batches: a crash leaves a prefix of whole appends.
 * L2  After the first failed write the handle is never written to again: LevelDB would go on to
 *     acknowledge what it then loses. `recover` opens a new one and compares its head.
 * L3  Each record and each other value carries a checksum, checked whenever it is read; records have no gaps,
 *     so that a missing one shows.
 * L4  Each record carries the hash chain up to it: on open the tail is checked, in `verify` all of it.
 * L5  A witness beside the log names the last acknowledged head: a log that ends before it is damaged.
 * L6  The folder is owned (owner-file.ts) before any of this runs.
 */
export interface LevelLog extends EventLog {
  /** What was found on open. */
  readonly opened: { readonly head: LogHead; readonly witness: WitnessReport['state'] };
  /** Seals older records that fill windows now. */
  seal(): Promise<void>;
  /** All up to here is sealed. */
  sealedUpTo(): number;
  verify(): Promise<VerifyReport>;
  /** Copies a consistent state into a new folder, while appends go on. */
  copyTo(into: string): Promise<LogHead>;
}

/** How many records before the head are checked against the chain on open, at least. */
const checkedTail = 64;

const asBytes = { valueEncoding: 'view' } as const;

export interface LevelLogOptions extends PostingIndexOptions, WindowSize {
  /** How often, after writes, to look whether it is calm enough for sealing. Infinity: never. @default 1_000 */
  readonly sealEveryMs?: number;
}

/** Records on their way into one LevelDB batch. */
interface Staged {
  readonly batch: LevelBatch;
  readonly events: AnyEvent[];
  /** Each by its last sequence. */
  readonly groups: number[];
  textLength: number;
  /** Of the chain, behind these. */
  hash: string;
}

/** What is found in a database when it is opened, and found anew when it is reopened. */
interface Contents {
  readonly records: RecordStore;
  readonly recent: RecentEvents;
  readonly index: PostingIndex;
  readonly sealing: CalmSealing;
  readonly sealer: Sealer;
}

/** Opens the log in a store's folder, which the caller owns. */
export async function openLevelLog(path: string, options: LevelLogOptions = {}): Promise<LevelLog> {
  const { sealEveryMs = 1_000 } = options;
  await keepReplayedLogs(path);
  const database = await openLevelDatabase(join(path, 'log'));
  const witness = openWitness(path);
  const encodeGroups = createGroupEncoder();
  let last = 0;
  let hash = emptyLogHash;

  async function openContents(): Promise<Contents> {
    const records = await openRecordStore(database);
    const index = await openPostingIndex(database, options);
    const sealer = createSealer({ ...options, database, records, lastSequence: () => last });
    const recent = createRecentEvents();
    return { records, recent, index, sealer, sealing: sealWhenCalm(sealer, sealEveryMs) };
  }

  /** Finds the head, checks it against witness and chain, and brings the index up to it. */
  async function load({ records, index, sealing }: Contents): Promise<WitnessReport['state']> {
    const found = records.last();
    const report = readWitness(path);
    const acknowledged = report.state === 'present' ? report.head : null;
    const known = Math.max(acknowledged?.sequence ?? 0, index.indexed(), last);
    if (found < known) throw lostTail(found, known);
    if (acknowledged) await compare(records, acknowledged);
    if (last > 0) await compare(records, { sequence: last, hash });
    const indexed = index.indexed();
    const from = Math.max(1, Math.min(indexed + 1, found - checkedTail));
    let head = emptyLogHash;
    for await (const page of readChained(records, from, found)) {
      for (const { event } of page) if (event.sequence > indexed) index.add(event);
      head = page.at(-1)?.hash ?? head;
      await index.settle();
    }
    last = found;
    hash = head;
    sealing.written(0, 0);
    return report.state;
  }

  async function findStream(taskId: string): Promise<StreamHead | undefined> {
    const candidates = contents.index.candidates('task', taskId);
    const matches = ({ event }: StoredRecord) => event.taskId === taskId;
    const record = await firstRecord(candidates, matches, taskId);
    if (!record) return undefined;
    const { event, streamClock } = record;
    return {
      version: event.version,
      sequence: event.sequence,
      vectorClock: streamClock ?? event.vectorClock,
    };
  }

  async function findEvent(eventId: string): Promise<number | undefined> {
    const candidates = contents.index.candidates('id', eventId);
    const record = await firstRecord(candidates, ({ event }) => event.eventId === eventId);
    return record?.event.sequence;
  }

  /** Of candidates found by hash the first that is what was looked for: nearly always the first. */
  async function firstRecord(
    candidates: AsyncIterable<readonly number[]>,
    matches: (record: StoredRecord) => boolean,
    taskId?: string,
  ): Promise<StoredRecord | undefined> {
    for await (const sequences of candidates) {
      for (const sequence of sequences) {
        const record = await contents.records.readOne(sequence, taskId);
        if (matches(record)) return record;
      }
    }
    return undefined;
  }

  /** What the next flush writes. */
  let staged: Staged | null = null;
  /** The chain's hash behind the flush that is under way. */
  let flushing: string | null = null;
  let contents: Contents;
  let opened: LevelLog['opened'];
  try {
    contents = await openContents();
    const state = await load(contents);
    opened = { head: { sequence: last, hash }, witness: state };
    // Without a witness nobody knows yet whether this is all.
    if (state === 'present' || last === 0) await dropReplayedLogs(path);
  } catch (error) {
    await database.close();
    throw error;
  }

  return {
    opened,
    stage({ records, checkpoints }) {
      staged ??= {
        batch: database.batch(),
        events: [],
        groups: [],
        textLength: 0,
        hash: flushing ?? hash,
      };
      const { batch, events, groups } = staged;
      staged.hash = encodeGroups(staged.hash, records, (last, value) => {
        batch.put(groupKey(last), value, asBytes);
        groups.push(last);
      });
      for (const { event, place, body } of records) {
        events.push(event);
        staged.textLength += place.length + body.length;
      }
      for (const checkpoint of checkpoints) writeCheckpoint(batch, checkpoint);
    },
    async flush() {
      const { records, recent, index, sealing, sealer } = contents;
      if (index.failure() !== null) throw index.failure();
      if (sealer.failedWrite() !== null) throw sealer.failedWrite();
      const flushed = staged;
      if (flushed === null) return;
      staged = null;
      flushing = flushed.hash;
      await flushed.batch.write({ sync: true });
      records.added(flushed.groups);
      recent.added(flushed.events, flushed.textLength);
      last += flushed.events.length;
      hash = flushed.hash;
      flushing = null;
      if (flushed.events.length > 0) witness.record({ sequence: last, hash });
      for (const event of flushed.events) index.add(event);
      sealing.written(flushed.events.length, flushed.textLength);
    },
    head: () => ({ sequence: last, hash }),
    lastSequence: () => last,
    async readRange(from, to, direction) {
      const { recent, records } = contents;
      const written = direction === 'forward' ? recent.from(from, to) : [];
      return written.length > 0 ? written : records.readEvents(from, to, direction);
    },
    readOutlines: (from, to, direction) => contents.records.readOutlines(from, to, direction),
    readMany: (sequences, taskId) => contents.records.readEventsAt(sequences, taskId),
    findEvents: (eventIds) => Promise.all(eventIds.map(findEvent)),
    findStreams: (taskIds) => Promise.all(taskIds.map(findStream)),
    findSequences: (query) => contents.index.findSequences(query),
    readCheckpoint: (name) => readCheckpoint(database, name),
    seal: () => contents.sealer.seal(),
    sealedUpTo: () => contents.records.sealedUpTo(),
    verify() {
      const { records, index } = contents;
      const head = { sequence: last, hash };
      const witnessed = readWitness(path);
      return verifyLog({ database, records, head, runs: () => index.runs(), witness: witnessed });
    },
    copyTo: (into) => copyLog(database, into),
    async recover() {
      staged = null;
      flushing = null;
      await contents.sealing.stop();
      await contents.index.settle();
      await database.reopen();
      contents = await openContents();
      await load(contents);
    },
    async close() {
      await contents.sealing.stop();
      await contents.index.settle();
      await database.close();
      witness.close();
    },
  };
}

async function compare(records: RecordStore, head: LogHead): Promise<void> {
  if (head.sequence === 0) return;
  const { hash } = await records.readOne(head.sequence);
  if (hash === head.hash) return;
  const reason = 'is not the one that was acknowledged';
  throw new IntegrityError({ sequence: head.sequence, reason });
}
