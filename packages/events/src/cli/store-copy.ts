import { constants, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { disarmTable } from '../level/disarm-tables.ts';
import { assertOutsideStore } from '../level/outside-store.ts';
import { PathError } from './command.ts';

/*
 * Commands that only read never open the store itself: opening LevelDB writes to its folder, which
 * would change the evidence in a damaged store, and would lock out a server that starts meanwhile.
 * They open a copy, made beside a process that goes on writing. Invariants:
 * C1  No file of the store is ever shared with the copy, not by a hard link either: LevelDB reuses the
 *     number of a table that its manifest does not know yet, and would truncate it under the owner.
 * C2  Flushes and compactions create and delete files. If the folder lists the same files after the
 *     copy as before it, and the manifest has not grown, nothing but the log was written meanwhile.
 * C3  A log cut off at any point reads as a prefix of whole appends. So the copy is one instant.
 * C4  Files beside the log (its witness) are copied before the log: the log is never behind them.
 * C5  Tables are written once, from front to back: one that an earlier attempt copied in full length
 *     is a copy. So each attempt copies only what is new, and catches up with a busy store.
 * C6  The file LOCK is not touched.
 */

/** A copy of a store as of one instant, for reading. */
export interface StoreCopy {
  readonly path: string;
  /** What the copied files looked like: equal while nothing has been written. */
  readonly fingerprint: string;
  /** Removes it. */
  remove(): Promise<void>;
}

/** Where the LevelDB files of a store lie. */
export function logFolder(path: string): string {
  return join(path, 'log');
}

/** @throws PathError when there is no store at this path, not even a damaged one */
export async function assertStoreAt(path: string): Promise<void> {
  const files = await storedFiles(path).catch((error: unknown) => {
    if (!hasCode(error, 'EACCES')) return [];
    throw new PathError(`${path} may not be read. Run as the user that the store belongs to.`);
  });
  if (files.length > 0) return;
  const folder = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (folder instanceof Error) {
    throw new PathError(
      folder.code === 'ENOENT'
        ? `There is nothing at ${path}.`
        : `${path} cannot be read (${folder.code}).`,
    );
  }
  throw new PathError(
    `${path} is no event store: it has no folder \`log\` with LevelDB's files in it. Give the folder that the store was opened with.`,
  );
}

/** Copies the store as of one instant, also while another process writes to it. */
export async function copyStore(
  path: string,
  options: {
    /** Where to. @default beside the store, or the system's folder where that may not be written */
    readonly temp?: string;
  } = {},
): Promise<StoreCopy> {
  await assertStoreAt(path);
  const folder = await makeFolder(path, options.temp);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (let attempt = 1; attempt <= 100; attempt++) {
      const before = await fingerprint(path);
      if ((await tryCopy(path, folder)) && (await isSameSet(path, before))) {
        return { path: folder, fingerprint: before, remove };
      }
    }
    throw new PathError(`${path} changed faster than it could be copied. Try again.`);
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Sizes and names of all files that hold events. */
export async function fingerprint(path: string): Promise<string> {
  const files = await storedFiles(path);
  const sizes = await Promise.all(files.map((file) => sizeOf(join(logFolder(path), file))));
  return files.map((file, index) => `${file} ${sizes[index]}`).join('\n');
}

/** C2: as the fingerprint, logs by name only, since they may grow. */
async function isSameSet(path: string, before: string): Promise<boolean> {
  const withoutLogSizes = (text: string) => text.replace(/(\.log) \d+/g, '$1');
  return withoutLogSizes(await fingerprint(path)) === withoutLogSizes(before);
}

async function tryCopy(path: string, folder: string): Promise<boolean> {
  try {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isFile() && !entry.name.startsWith('owner.')) {
        await copyFile(join(path, entry.name), join(folder, entry.name));
      }
    }
    await mkdir(logFolder(folder), { recursive: true });
    const files = await storedFiles(path);
    for (const file of await storedFiles(folder)) {
      if (!files.includes(file)) await rm(join(logFolder(folder), file));
    }
    // The log last: what it has gained meanwhile is a longer prefix.
    const isLog = (file: string) => file.endsWith('.log');
    for (const file of [...files.filter((name) => !isLog(name)), ...files.filter(isLog)]) {
      const [from, to] = [join(logFolder(path), file), join(logFolder(folder), file)];
      if (isTable(file) && (await sizeOf(from)) === (await sizeOf(to))) continue;
      // By reference where the file system can: a copy that costs nothing until either changes.
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      if (isTable(file)) await disarmTable(to);
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false; // compacted away while we copied
    throw error;
  }
}

function isTable(file: string): boolean {
  return /\.(ldb|sst)$/.test(file);
}

async function storedFiles(path: string): Promise<readonly string[]> {
  const files = await readdir(logFolder(path));
  return files.filter((file) => /^(CURRENT|MANIFEST-\d+|\d+\.(log|ldb|sst))$/.test(file)).sort();
}

async function sizeOf(file: string): Promise<string> {
  if (file.endsWith('CURRENT')) return (await readFile(file, 'utf8').catch(() => '')).trim();
  return String((await stat(file).catch(() => null))?.size ?? 'gone');
}

async function makeFolder(path: string, temp: string | undefined): Promise<string> {
  if (temp !== undefined) {
    await assertOutsideStore(temp, path);
    return mkdtemp(join(temp, 'org-events-copy-'));
  }
  const absolute = resolve(path);
  try {
    return await mkdtemp(join(dirname(absolute), `.${basename(absolute)}-copy-`));
  } catch {
    return mkdtemp(join(tmpdir(), 'org-events-copy-'));
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
