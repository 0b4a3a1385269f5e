import { findByEnvironment, isAlive } from './process-tree.ts';

/** Marks every process of a job, so that one that leaves its group and its parent is found again. */
export const mark = 'SANDBOX_JOB';

/** Kills what still carries a job's mark, wherever it hangs in the process tree. */
export function killMarked(jobId: string): void {
  for (const process of findByEnvironment(`${mark}=${jobId}`)) {
    if (isAlive(process)) killOne(process.pid);
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
