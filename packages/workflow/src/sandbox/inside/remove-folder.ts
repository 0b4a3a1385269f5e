import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Deletes a folder, its read-only parts too. Deleting what is not there is fine. */
export function removeFolder(folder: string): void {
  makeWritable(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Never through a link: the job may have put one there. */
function makeWritable(folder: string): void {
  try {
    if (!lstatSync(folder).isDirectory()) return;
    chmodSync(folder, 0o700);
    for (const entry of readEntries(folder)) makeWritable(entry);
  } catch {
    // Not there, or not ours: removal says so.
  }
}

function readEntries(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}
