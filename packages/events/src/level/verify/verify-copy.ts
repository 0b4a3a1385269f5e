import { join } from 'node:path';
import { isEventsError } from '../../errors.ts';
import type { LogHead } from '../../store/event-store.ts';
import { emptyLogHash } from '../../store/hash-chain.ts';
import { damageOf, openLevelDatabase } from '../level-database.ts';
import { openPostingIndex } from '../postings/posting-index.ts';
import { openRecordStore, type RecordStore } from '../record-store.ts';
import { removeStrayWindows } from '../stray-windows.ts';
import { readWitness } from '../witness-file.ts';
import { type VerifyReport, verifyLog } from './verify-log.ts';

/**
 * Checks a store that need not open: what would keep it from opening is one fault, and is told with all the others.
 *
 * @param path of a copy that nobody has open; it may be changed
 * @throws IntegrityError when LevelDB does not open it, or finds damage where nothing can be read past it;
 *   NewerFormatError, StoreUnavailableError, the signal's reason when it is aborted
 */
export async function verifyCopy(path: string, signal?: AbortSignal): Promise<VerifyReport> {
  const database = await openLevelDatabase(join(path, 'log')).catch((error: unknown) => {
    // LevelDB wraps why it could not open.
    throw damageOf(error instanceof Error && error.cause !== undefined ? error.cause : error, 0);
  });
  try {
    const damage = await removeStrayWindows(database);
    const records = await openRecordStore(database);
    const index = await openPostingIndex(database);
    const head = await headOf(records);
    const witness = readWitness(path);
    const runs = () => index.runs();
    return await verifyLog({
      database,
      records,
      head,
      runs,
      witness,
      damage,
      ...(signal && { signal }),
    });
  } finally {
    await database.close();
  }
}

/** Its hash where the last record can be read. */
async function headOf(records: RecordStore): Promise<LogHead> {
  const sequence = records.last();
  if (sequence === 0) return { sequence, hash: emptyLogHash };
  const record = await records.readOne(sequence).catch((error: unknown) => {
    if (!isEventsError(error, 'INTEGRITY')) throw error;
  });
  return { sequence, hash: record?.hash ?? '' };
}
