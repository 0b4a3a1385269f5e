import { link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/*
 * On opening LevelDB turns its log files into tables and deletes them; what it could not read of them is gone then.
 * So they keep a second name until the store has been found whole: a hard link, which costs nothing. LevelDB never
 * writes to a log of before. Where a file system has no links there is none.
 */

/** Gives the database's log files their second name. To be called before it is opened. */
export async function keepReplayedLogs(path: string): Promise<void> {
  const names = await logNames(join(path, 'log'));
  if (names.length === 0) return;
  await mkdir(keptFolder(path), { recursive: true });
  for (const name of names) {
    // There already, after an opening that failed; or no links here.
    await link(join(path, 'log', name), join(keptFolder(path), name)).catch(() => undefined);
  }
}

/** The store is whole: what its log files held is in tables. */
export async function dropReplayedLogs(path: string): Promise<void> {
  await rm(keptFolder(path), { recursive: true, force: true });
}

/** Paths of all log files there are, those kept of failed openings included, in the order of writing. */
export async function allLogs(path: string): Promise<readonly string[]> {
  const byName = new Map<string, string>();
  for (const folder of [join(path, 'log'), keptFolder(path)]) {
    for (const name of await logNames(folder)) byName.set(name, join(folder, name));
  }
  const names = [...byName.keys()].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return names.map((name) => byName.get(name) ?? '');
}

async function logNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^\d+\.log$/.test(name));
}

function keptFolder(path: string): string {
  return join(path, 'replayed');
}
