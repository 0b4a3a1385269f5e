import { setImmediate as turn } from 'node:timers/promises';
import type { LevelDatabase } from '../level-database.ts';
import type { RecordStore } from '../record-store.ts';
import type { StoredRecord } from '../stored-record.ts';
import { openDirectory } from './directory.ts';
import { encodeWindow } from './window.ts';

/*
 * Moves older records into windows. Invariants:
 * S1  A window is decoded again and compared, record by record, before anything is deleted.
 * S2  One batch stores a window and deletes the groups that hold nothing else: each event is found in just one place,
 *     before, during and after a crash. A group that ends behind the window goes with the next.
 * S3  Nothing else deletes events. The newest stay as they are, so that there always is a last record.
 * S4  Only full windows are sealed: their number, and with it what a read of one task costs, depends on the events
 *     alone, not on when there was time for sealing.
 */

export interface Sealer {
  /** Seals all full windows, one at a time, as long as `goOn` says so. */
  seal(goOn?: () => boolean): Promise<void>;
  /** How many records are old enough to be sealed, and whether they may fill a window. */
  backlog(): { readonly records: number; readonly isFull: boolean };
  /** Records were stored behind the others, with so much text. */
  written(textLength: number): void;
  /** Why a write failed; null: none did. After it nothing may be written before the database was opened anew. */
  failedWrite(): unknown;
  /** Waits for the step that is under way. */
  stop(): Promise<void>;
}

export interface WindowSize {
  /** Records of a window. @default 8_192 */
  readonly windowLength?: number;
  /** Text of a window, in UTF-16 units: large events fill it sooner. @default 4_194_304 */
  readonly windowText?: number;
  /** So many records before the head are not sealed, at least. @default 1_024 */
  readonly unsealedTail?: number;
}

export interface SealerOptions extends WindowSize {
  readonly database: LevelDatabase;
  readonly records: RecordStore;
  readonly lastSequence: () => number;
}

/** Records read, or groups deleted, before others may run. */
const recordsPerTurn = 256;

export function createSealer({
  database,
  records,
  lastSequence,
  windowLength = 8_192,
  windowText = 4 * 1_048_576,
  unsealedTail = 1_024,
}: SealerOptions): Sealer {
  let running: Promise<void> | null = null;
  let stopped = false;
  let failedWrite: unknown = null;
  /** Text behind the last window, at most; of what was there on opening it is not known before it was read. */
  let text = Number.POSITIVE_INFINITY;

  function backlog() {
    const count = Math.max(0, lastSequence() - unsealedTail - records.sealedUpTo());
    return { records: count, isFull: count >= windowLength || (count > 0 && text >= windowText) };
  }

  async function run(goOn: () => boolean): Promise<void> {
    while (backlog().isFull && !stopped && goOn()) {
      const page = await readWindow();
      if (page === null) return;
      await move(page);
      for (const record of page) text -= record.text.length;
    }
  }

  /** The records of the next window; null: they do not fill one, or it was stopped. */
  async function readWindow(): Promise<readonly StoredRecord[] | null> {
    const window: StoredRecord[] = [];
    const from = records.sealedUpTo() + 1;
    const to = from + Math.min(backlog().records, windowLength) - 1;
    let length = 0;
    while (window.length < windowLength && length < windowText) {
      const next = from + window.length;
      if (next > to || stopped) {
        if (!stopped) text = length;
        return null;
      }
      for (const record of await records.readRange(next, Math.min(to, next + recordsPerTurn - 1))) {
        window.push(record);
        length += record.text.length;
        if (length >= windowText) break;
      }
    }
    return window;
  }

  async function move(window: readonly StoredRecord[]): Promise<void> {
    const batch = database.batch();
    let directory: Uint8Array = new Uint8Array();
    for (const [key, value] of encodeWindow(window)) {
      batch.put(key, value, { valueEncoding: 'view' });
      directory = value; // the last row
      await turn();
      if (stopped) return batch.close();
    }
    const last = window.at(-1)?.event.sequence ?? 0;
    for (const [i, key] of records.groupKeysUpTo(last).entries()) {
      batch.del(key);
      if (i % recordsPerTurn === 0) await turn();
    }
    if (stopped) return batch.close();
    const written = batch.write().catch((error: unknown) => {
      failedWrite = error;
      throw error;
    });
    await records.sealing(openDirectory(last, directory), written);
  }

  return {
    backlog,
    written(textLength) {
      text += textLength;
    },
    failedWrite: () => failedWrite,
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
