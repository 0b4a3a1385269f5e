import type { LogHead } from '../store/event-store.ts';
import { IntegrityError } from '../store-errors.ts';
import { type LevelLog, openLevelLog } from './level-log.ts';

/**
 * Copies a consistent state of an open log into a new folder, then opens the copy and compares.
 *
 * @returns the head of the copy
 */
export async function backupLog(log: LevelLog, into: string): Promise<LogHead> {
  const expected = await log.copyTo(into);
  const copy = await openLevelLog(into);
  const head = copy.head();
  await copy.close();
  if (head.hash !== expected.hash) {
    throw new IntegrityError({ sequence: head.sequence, reason: 'the copy has another head' });
  }
  return head;
}
