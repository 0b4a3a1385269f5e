import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { User } from './inside/supervision.ts';

/** Where programs of the system live. The environment's PATH is not asked: it may hold shims. */
const folders = [
  '/usr/bin',
  '/usr/local/bin',
  '/bin',
  '/opt/homebrew/bin',
  '/run/current-system/sw/bin',
];

/** The first of the system's folders that has the program, or null. */
export async function findProgram(name: string): Promise<string | null> {
  for (const folder of folders) {
    const file = join(folder, name);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Look in the next.
    }
  }
  return null;
}

/** Whether a user who owns nothing gets to a file: every folder on its real path lets others through. */
export async function isReachable(file: string, user: User | null): Promise<boolean> {
  if (user === null) return true;
  try {
    let path = await realpath(file);
    if (((await stat(path)).mode & 0o005) !== 0o005) return false;
    while (path !== '/') {
      path = dirname(path);
      if (((await stat(path)).mode & 0o001) === 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** Runs a program of the system and answers what it printed; rejects when it fails. */
export async function ask(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...args], { env: {}, timeout: 10_000 });
  return stdout;
}
