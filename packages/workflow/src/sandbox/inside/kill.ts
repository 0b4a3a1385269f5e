import { findByEnvironment, isAlive } from './process-tree.ts';

/** Marks every process of a job, so that one that leaves its group and its parent is found again. */
export const mark = 'SANDBOX_JOB';

const mostLooks = 20;

/**
 * Kills what still carries a job's mark, wherever it hangs in the process tree. A process may have begotten another while
 * it was looked for, as bubblewrap does when it starts: so it looks again until it finds nothing new.
 */
export function killMarked(jobId: string): void {
  const killed = new Set<number>();
  for (let look = 0; look < mostLooks; look++) {
    const found = findByEnvironment(`${mark}=${jobId}`).filter(
      (process) => !killed.has(process.pid) && isAlive(process),
    );
    if (found.length === 0) return;
    for (const { pid } of found) {
      killOne(pid);
      killed.add(pid);
    }
  }
}

export function killGroup(pid: number): void {
  killOne(-pid);
}

export function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
