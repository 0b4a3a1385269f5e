import { IntegrityError } from '../../store-errors.ts';
import type { StoredRecord } from '../stored-record.ts';

/** Whether the versions of each task have no gaps, but for events that cannot be read. */
export function createVersionCheck(report: (error: unknown) => void) {
  const seen = new Map<string, { readonly version: number; readonly unread: number }>();
  let unread = 0;

  return {
    add({ event: { sequence, taskId, version } }: StoredRecord): void {
      const before = seen.get(taskId) ?? { version: 0, unread: 0 };
      const expected = before.version + 1;
      const most = expected + unread - before.unread;
      if (version < expected || version > most) {
        const reason = `has version ${version} of its task, where ${expected} was expected`;
        report(new IntegrityError({ sequence, reason }));
      }
      seen.set(taskId, { version, unread });
    },
    /** An event that cannot be read: it may have been of any task. */
    skip(): void {
      unread += 1;
    },
    tasks: () => seen.size,
  };
}
