import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { PathError } from './command.ts';

/*
 * Commands that only read never open the store itself: opening LevelDB writes to its folder, which
 * would change the evidence in a damaged store, and would lock out a server that starts meanwhile.
 * They open a copy that costs little, made beside a process that goes on writing. Invariants:
 * C1  Tables (*.ldb) are never changed once written, so hard links to them are copies.
 * C2  Flushes and compactions create and delete files. If the folder lists the same files after the
 *     copy as before it, and the manifest has not grown, nothing but the log was written meanwhile.
 * C3  A log cut off at any point reads as a prefix of whole appends. So the copy is one instant.
 * C4  Files beside the log (its witness) are copied before the log: the log is never behind them.
 * C5  The file LOCK is not touched.
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

/** @throws PathError when there is no store at this path */
export async function assertStoreAt(path: string): Promise<void> {
  const current = await stat(join(logFolder(path), 'CURRENT')).catch(() => null);
  if (current?.isFile()) return;
  const folder = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (folder instanceof Error) {
    throw new PathError(
      folder.code === 'ENOENT'
        ? `There is nothing at ${path}.`
        : `${path} cannot be read (${folder.code}).`,
    );
  }
  throw new PathError(
    `${path} is no event store: it has no log/CURRENT in it. Give the folder that the store was opened with.`,
  );
}

/** Copies the store as of one instant, also while another process writes to it. */
export async function copyStore(path: string): Promise<StoreCopy> {
  await assertStoreAt(path);
  const folder = await makeFolderBeside(path);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (let attempt = 1; attempt <= 100; attempt++) {
      const before = await fingerprint(path);
      if ((await tryCopy(path, folder)) && (await isSameSet(path, before))) {
        return { path: folder, fingerprint: before, remove };
      }
      await rm(logFolder(folder), { recursive: true, force: true });
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
    await mkdir(logFolder(folder));
    const files = await storedFiles(path);
    const isTable = (file: string) => /\.(ldb|sst)$/.test(file);
    // The log last: what it has gained meanwhile is a longer prefix.
    for (const file of files.filter(isTable)) await linkOrCopy(path, folder, file);
    for (const file of files.filter((name) => !isTable(name) && !name.endsWith('.log'))) {
      await copyFile(join(logFolder(path), file), join(logFolder(folder), file));
    }
    for (const file of files.filter((name) => name.endsWith('.log'))) {
      await copyFile(join(logFolder(path), file), join(logFolder(folder), file));
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false; // compacted away while we copied
    throw error;
  }
}

async function linkOrCopy(path: string, folder: string, file: string): Promise<void> {
  const [from, to] = [join(logFolder(path), file), join(logFolder(folder), file)];
  try {
    await link(from, to);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw error;
    await copyFile(from, to); // another file system, or one without links
  }
}

async function storedFiles(path: string): Promise<readonly string[]> {
  const files = await readdir(logFolder(path));
  return files.filter((file) => /^(CURRENT|MANIFEST-\d+|\d+\.(log|ldb|sst))$/.test(file)).sort();
}

async function sizeOf(file: string): Promise<string> {
  if (file.endsWith('CURRENT')) return (await readFile(file, 'utf8').catch(() => '')).trim();
  return String((await stat(file).catch(() => null))?.size ?? 'gone');
}

/** Beside the store, where links are possible; in the system's folder where that may not be written. */
async function makeFolderBeside(path: string): Promise<string> {
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
