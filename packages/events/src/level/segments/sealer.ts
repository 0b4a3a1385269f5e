import { IntegrityError } from '../../store-errors.ts';
import { eventKey, segmentKey } from '../keys.ts';
import type { LevelDatabase } from '../level-database.ts';
import type { RecordStore } from '../record-store.ts';
import type { StoredRecord } from '../stored-record.ts';
import { encodeSegment, openSegment, segmentLength, segmentNumber } from './segment.ts';

/*
 * Moves older records into segments. Invariants:
 * S1  A segment is read back and compared, record by record, before anything is deleted.
 * S2  One batch stores segments and deletes the records in them: each event is in just one place, before,
 *     during and after a crash.
 * S3  Nothing else deletes events. The newest stay as they are, so that there always is a last record.
 */

export interface Sealer {
  /** Seals all that is old enough, some segments at a time, as long as `goOn` says so. */
  seal(goOn?: () => boolean): Promise<void>;
  /** How many records could be sealed. */
  backlog(): number;
  /** Waits for the step that is under way. */
  stop(): Promise<void>;
}

export interface SealerOptions {
  readonly database: LevelDatabase;
  readonly records: RecordStore;
  readonly lastSequence: () => number;
  /** So many records before the head are left as they are, at least. */
  readonly unsealedTail: number;
}

const segmentsPerStep = 16;
const stepLength = 4 * 1_048_576;

export function createSealer({
  database,
  records,
  lastSequence,
  unsealedTail,
}: SealerOptions): Sealer {
  let running: Promise<void> | null = null;
  let stopped = false;

  function backlog(): number {
    const sealable = Math.max(0, lastSequence() - unsealedTail - records.sealedUpTo());
    return sealable - (sealable % segmentLength);
  }

  async function run(goOn: () => boolean): Promise<void> {
    while (backlog() > 0 && !stopped && goOn()) {
      const from = records.sealedUpTo() + 1;
      await step(from, from + Math.min(backlog(), segmentsPerStep * segmentLength) - 1);
    }
  }

  async function step(from: number, to: number): Promise<void> {
    const page = await readStep(records, from, to);
    const last = from + page.length - 1;
    const batch = database.batch();
    for (let i = 0; i < page.length; i += segmentLength) {
      const sealed = page.slice(i, i + segmentLength);
      const number = segmentNumber(from + i);
      const value = encodeSegment(segmentKey(number), sealed);
      compare(number, value, sealed);
      batch.put(segmentKey(number), value, { valueEncoding: 'view' });
    }
    for (let sequence = from; sequence <= last; sequence++) batch.del(eventKey(sequence));
    await records.sealing(last, batch.write());
  }

  return {
    backlog,
    async stop() {
      stopped = true;
      await running?.catch(() => undefined); // told to whoever called `seal`
    },
    async seal(goOn = () => true) {
      // One at a time: whoever asks while a run is under way gets a run of its own behind it.
      await running?.catch(() => undefined);
      stopped = false;
      running ??= run(goOn).finally(() => {
        running = null;
      });
      await running;
    },
  };
}

/** Whole segments' records; fewer of them where events are large. */
async function readStep(records: RecordStore, from: number, to: number): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  let length = 0;
  while (from + all.length <= to) {
    const wanted = from + all.length + segmentLength - (all.length % segmentLength) - 1;
    const page = await records.readRange(from + all.length, wanted);
    all.push(...page);
    length += page.reduce((sum, { text }) => sum + text.length, 0);
    if (length > stepLength && all.length % segmentLength === 0) break;
  }
  return all;
}

function compare(number: number, value: Uint8Array, originals: readonly StoredRecord[]): void {
  const segment = openSegment(number, value);
  for (const original of originals) {
    const { sequence } = original.event;
    const { text, hash, streamClock } = segment.record(sequence);
    const same =
      text === original.text &&
      hash === original.hash &&
      JSON.stringify(streamClock) === JSON.stringify(original.streamClock);
    if (!same) {
      throw new IntegrityError({
        sequence,
        reason: 'does not come back the same from its segment',
      });
    }
  }
}
