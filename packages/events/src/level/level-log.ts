import { hash as hashOf } from 'node:crypto';
import { ClassicLevel } from 'classic-level';
import type { AnyEvent } from '../event.ts';
import type { EventLog } from '../store/event-log.ts';
import type { Checkpoint } from '../store/event-store.ts';
import { chainHash, emptyLogHash, type Sha256 } from '../store/hash-chain.ts';
import { createSequenceIndex } from '../store/sequence-index.ts';
import { IntegrityError } from '../store-errors.ts';
import { checkpointKey, eventKey, eventKeys, sequenceOfKey } from './keys.ts';
import {
  checkedContent,
  decodeRecord,
  encodeRecord,
  type StoredRecord,
  withChecksum,
} from './stored-record.ts';

const sha256: Sha256 = (text) => hashOf('sha256', text, 'hex');

const pageBytes = 4 * 1_048_576;
const writeBufferSize = 64 * 1_048_576;

/** Opens the LevelDB folder as a log. The caller holds the folder's ownership. */
export async function openLevelLog(location: string): Promise<EventLog> {
  const index = createSequenceIndex();
  let db = await openDatabase(location);
  let last = 0;
  let hash = emptyLogHash;
  let reopening: Promise<void> = Promise.resolve();

  async function load(): Promise<void> {
    index.clear();
    last = await lastStored(db);
    hash = emptyLogHash;
    for (let next = 1; next <= last; ) {
      const records = await readRecords(next, last);
      for (const { event } of records) index.add(event);
      next += records.length;
      hash = records.at(-1)?.hash ?? hash;
    }
  }

  async function readRecords(from: number, to: number): Promise<StoredRecord[]> {
    await reopening;
    const values = db.values({
      gte: eventKey(from),
      lte: eventKey(to),
      highWaterMarkBytes: pageBytes,
    });
    try {
      const page = await values.nextv(to - from + 1);
      if (page.length === 0) decodeRecord(undefined, from);
      return page.map((value, i) => decodeRecord(value, from + i));
    } finally {
      await values.close();
    }
  }

  async function recordsAt(sequences: readonly number[]): Promise<StoredRecord[]> {
    await reopening;
    const values = await db.getMany(sequences.map(eventKey));
    return sequences.map((sequence, i) => decodeRecord(values[i], sequence));
  }

  await load();

  return {
    async writeBatch({ records, checkpoints }) {
      const batch = db.batch();
      let link = hash;
      for (const { event, text, streamClock } of records) {
        link = chainHash(sha256, link, text);
        batch.put(eventKey(event.sequence), encodeRecord(text, link, streamClock));
      }
      for (const checkpoint of checkpoints) {
        batch.put(checkpointKey(checkpoint.name), withChecksum(JSON.stringify(checkpoint)));
      }
      await batch.write({ sync: true });
      for (const { event } of records) index.add(event);
      last += records.length;
      hash = link;
    },
    head: () => ({ sequence: last, hash }),
    lastSequence: () => last,
    readRange: async (from, to) => eventsOf(await readRecords(from, to)),
    readMany: async (sequences) => eventsOf(await recordsAt(sequences.slice(0, 1_000))),
    findEvents: async (eventIds) => eventIds.map((eventId) => index.findEvent(eventId)),
    findStreams: async (taskIds) => {
      const sequences = taskIds.map((taskId) => index.lastOfTask(taskId));
      const records = await recordsAt(sequences.filter((sequence) => sequence !== undefined));
      const byTask = new Map(records.map((record) => [record.event.taskId, record]));
      return taskIds.map((taskId) => {
        const record = byTask.get(taskId);
        return (
          record && {
            version: record.event.version,
            sequence: record.event.sequence,
            vectorClock: record.streamClock ?? record.event.vectorClock,
          }
        );
      });
    },
    findSequences: async (query) => index.findSequences(query),
    async readCheckpoint(name) {
      await reopening;
      const value = await db.get(checkpointKey(name));
      return value === undefined ? undefined : parseCheckpoint(value, name);
    },
    async recover() {
      const acknowledged = { last, hash };
      reopening = (async () => {
        await db.close();
        db = await openDatabase(location);
      })();
      await reopening;
      const [record] = acknowledged.last > 0 ? await recordsAt([acknowledged.last]) : [];
      if ((record?.hash ?? emptyLogHash) !== acknowledged.hash) {
        throw new IntegrityError({
          sequence: acknowledged.last,
          reason: 'was acknowledged, but the reopened log has another event in its place',
        });
      }
      await load();
    },
    close: () => db.close(),
  };
}

async function openDatabase(location: string): Promise<ClassicLevel> {
  const db = new ClassicLevel(location, { writeBufferSize });
  await db.open();
  return db;
}

async function lastStored(db: ClassicLevel): Promise<number> {
  const [key] = await db.keys({ ...eventKeys, reverse: true, limit: 1 }).all();
  return key === undefined ? 0 : sequenceOfKey(key);
}

function eventsOf(records: readonly StoredRecord[]): AnyEvent[] {
  return records.map(({ event }) => event);
}

function parseCheckpoint(value: string, name: string): Checkpoint {
  const content = checkedContent(value);
  if (content === undefined) {
    throw new IntegrityError({
      sequence: 0,
      reason: `checkpoint ${JSON.stringify(name)} is damaged`,
    });
  }
  return JSON.parse(content); // written by writeBatch, and its checksum fits
}
