import type { AnyEvent } from '../event.ts';
import { outlineOf } from '../event-outline.ts';
import { IntegrityError } from '../store-errors.ts';
import type { Direction, EventLog, LogBatch, LogRecord } from './event-log.ts';
import type { Checkpoint } from './event-store.ts';
import { chainHash, emptyLogHash, portableSha256 } from './hash-chain.ts';
import { createSequenceIndex } from './sequence-index.ts';

const pageLength = 1_000;

/** The log of a store that lives as long as its process. */
export function createMemoryLog(): EventLog {
  const records: LogRecord[] = [];
  const index = createSequenceIndex();
  const checkpoints = new Map<string, string>();
  let staged: LogBatch[] = [];
  let hash = emptyLogHash;
  let hashed = 0;

  const eventAt = (sequence: number): AnyEvent => recordAt(sequence).event;
  const recordAt = (sequence: number): LogRecord => {
    const record = records[sequence - 1];
    if (!record) throw new IntegrityError({ sequence, reason: 'is not in the log' });
    return record;
  };

  function page(from: number, to: number, direction: Direction): readonly AnyEvent[] {
    const first = direction === 'forward' ? from : Math.max(from, to - pageLength + 1);
    return records.slice(first - 1, Math.min(to, first + pageLength - 1)).map(({ event }) => event);
  }

  return {
    stage(batch) {
      staged.push(batch);
    },
    async flush() {
      const batches = staged;
      staged = [];
      for (const batch of batches) {
        for (const record of batch.records) {
          records.push(record);
          index.add(record.event);
        }
        for (const checkpoint of batch.checkpoints) {
          checkpoints.set(checkpoint.name, JSON.stringify(checkpoint));
        }
      }
    },
    head() {
      // The chain is only reckoned when someone looks.
      for (const { place, body } of records.slice(hashed)) {
        hash = chainHash(portableSha256, hash, place + body);
      }
      hashed = records.length;
      return { sequence: records.length, hash };
    },
    lastSequence: () => records.length,
    readRange: async (from, to, direction) => page(from, to, direction),
    readOutlines: async (from, to, direction) => page(from, to, direction).map(outlineOf),
    readMany: async (sequences) => sequences.map(eventAt),
    findEvents: async (eventIds) => eventIds.map((eventId) => index.findEvent(eventId)),
    findStreams: async (taskIds) =>
      taskIds.map((taskId) => {
        const sequence = index.lastOfTask(taskId);
        if (sequence === undefined) return undefined;
        const { event, streamClock } = recordAt(sequence);
        return { version: event.version, sequence, vectorClock: streamClock ?? event.vectorClock };
      }),
    findSequences: async (query) => index.findSequences(query),
    async readCheckpoint(name) {
      const text = checkpoints.get(name);
      return text === undefined ? undefined : parseCheckpoint(text);
    },
    async recover() {
      staged = [];
    },
    async close() {},
  };
}

function parseCheckpoint(text: string): Checkpoint {
  return JSON.parse(text); // written by flush, above
}
