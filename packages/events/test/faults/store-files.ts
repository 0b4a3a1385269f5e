import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Thousands of copies are made: in memory where there is such a folder. */
export function quickFolder(): string {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const path = mkdtempSync(join(parent, 'org-events-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Copies a closed store's folder, without what says who owns it. */
export function copyClosed(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, {
    recursive: true,
    filter: (source) => !/^(LOCK|owner\..*)$/.test(basename(source)),
  });
}

/** Paths of all files below a folder, with something in them. */
export function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const { size } = statSync(join(path, name));
    return size > 0 && statSync(join(path, name)).isFile();
  });
}
