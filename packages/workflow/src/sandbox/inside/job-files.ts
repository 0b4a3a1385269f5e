import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Job } from './supervision.ts';

/** Read-only for the job's user, who is not always the owner. */
export function writeJobFiles(job: Job): void {
  mkdirSync(job.folder, { recursive: true, mode: 0o755 });
  const folders = new Set<string>([job.folder]);
  for (const file of job.files) {
    const path = join(job.folder, file.path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, file.content, { mode: 0o444, flag: 'wx' });
    folders.add(dirname(path));
  }
  for (const folder of folders) chmodSync(folder, 0o555);
}

/** The files that are not as they were written. */
export function changedFiles(job: Job): readonly string[] {
  return job.files
    .filter((file) => {
      try {
        return digest(readFileSync(join(job.folder, file.path))) !== digest(file.content);
      } catch {
        return true;
      }
    })
    .map((file) => file.path);
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
