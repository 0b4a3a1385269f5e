import type { LogHead } from '../store/event-store.ts';
import { IntegrityError } from '../store-errors.ts';
import { type LevelLog, openLevelLog } from './level-log.ts';
import { type NewFolder, writeNewFolder } from './new-folder.ts';

/**
 * Copies a consistent state of an open log into a new folder, which is there only when the copy was opened and compared.
 *
 * @returns the head of the copy
 */
export async function backupLog(log: LevelLog, folder: NewFolder): Promise<LogHead> {
  return writeNewFolder(folder, async (draft) => {
    const expected = await log.copyTo(draft);
    const copy = await openLevelLog(draft);
    const head = copy.head();
    await copy.close();
    if (head.hash !== expected.hash) {
      throw new IntegrityError({ sequence: head.sequence, reason: 'the copy has another head' });
    }
    return head;
  });
}
