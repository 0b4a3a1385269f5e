import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { DamagedFolderError, isIoError } from './damage.ts';

/**
 * Opens LevelDB in a folder, which is made when it is not there.
 *
 * @throws DamagedFolderError when CURRENT, by which LevelDB finds all else, is lost or wrong
 */
export async function openLevel(path: string): Promise<ClassicLevel> {
  const files = await readdir(path).catch(() => []);
  const used = files.some((file) => /\.(ldb|log)$/.test(file));
  if (used && (await readCurrent(path)) === null)
    // LevelDB would begin anew, and delete the tables.
    throw new DamagedFolderError('CURRENT is missing');
  const level = new ClassicLevel(path);
  try {
    await level.open();
    return level;
  } catch (cause) {
    // LevelDB opens whatever CURRENT names. With NUL bytes in it, not even its error says what is missing.
    const current = hasIoError(cause) ? await readCurrent(path) : null;
    if (current === null || /^MANIFEST-\d+\n$/.test(current)) throw cause;
    throw new DamagedFolderError('CURRENT names no manifest', { cause });
  }
}

/** Null when there is none. */
async function readCurrent(path: string): Promise<string | null> {
  try {
    return await readFile(join(path, 'CURRENT'), 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw cause;
  }
}

function hasIoError(cause: unknown): boolean {
  return cause instanceof Error && (isIoError(cause) || hasIoError(cause.cause));
}
