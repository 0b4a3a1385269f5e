import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StorePathError, StoreUnavailableError } from '../store-errors.ts';

/**
 * Lets `write` fill a folder that gets its name only when it is whole: a copy broken off half-way could be opened, and
 * would pass for a shorter log. Until then it lies beside it, as `.NAME-unfinished-…`, and goes when `write` fails;
 * after a `kill -9` it may be deleted by hand.
 *
 * @param path a new folder, or an empty one
 * @throws StorePathError when there is something in it, or it cannot be made or exchanged; StoreUnavailableError when
 *   the disk is full
 */
export async function writeNewFolder<T>(
  path: string,
  write: (draft: string) => Promise<T>,
): Promise<T> {
  const target = await emptyOrNew(path);
  const draft = join(dirname(target), `.${basename(target)}-unfinished-${randomUUID()}`);
  await mkdir(draft).catch((cause: unknown) => {
    throw unusable(path, cause);
  });
  try {
    const result = await write(draft);
    await takeName(draft, target);
    return result;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw isDiskFull(error) ? diskFull(error) : error;
  }
}

/** The path without links; only the folders above it are made. */
async function emptyOrNew(path: string): Promise<string> {
  try {
    await mkdir(dirname(resolve(path)), { recursive: true });
    const target = await realpath(path).catch(nullIfMissing);
    if (target === null) return resolve(path);
    if ((await readdir(target)).length === 0) {
      if ((await stat(target)).dev === (await stat(dirname(target))).dev) return target;
      const reason = 'is where a file system is mounted; a new folder in it is needed';
      throw new StorePathError({ path, reason });
    }
  } catch (cause) {
    throw cause instanceof StorePathError ? cause : unusable(path, cause);
  }
  throw new StorePathError({ path, reason: 'is not empty; a new folder is needed' });
}

async function takeName(draft: string, target: string): Promise<void> {
  try {
    await rmdir(target).catch(nullIfMissing); // not every system renames onto an empty folder
    await rename(draft, target);
  } catch (cause) {
    throw unusable(target, cause);
  }
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

function unusable(path: string, cause: unknown): Error {
  if (isDiskFull(cause)) return diskFull(cause);
  return new StorePathError({
    path,
    reason: `cannot be used as a folder (${String(cause)})`,
    cause,
  });
}

function isDiskFull(error: unknown): boolean {
  return codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
}

function diskFull(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError({ reason: `The system refused it (${String(cause)})`, cause });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
