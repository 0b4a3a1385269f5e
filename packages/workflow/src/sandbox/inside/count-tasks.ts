import { readdirSync, readFileSync } from 'node:fs';

/** Processes and threads of a user: RLIMIT_NPROC counts them all. 0 where there is no `/proc`. */
export function countTasks(uid: number | undefined): number {
  let count = 0;
  for (const entry of processes()) {
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'latin1');
      if (Number(/^Uid:\t(\d+)/m.exec(status)?.[1]) !== uid) continue;
      count += Number(/^Threads:\t(\d+)/m.exec(status)?.[1] ?? 1);
    } catch {
      // It ended while we looked.
    }
  }
  return count;
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}
