import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StorePathError, StoreUnavailableError } from '../store-errors.ts';
import { makeFolders } from './make-folders.ts';
import { assertOutsideStore } from './outside-store.ts';

export interface NewFolder {
  /** A new folder, or an empty one. */
  readonly path: string;
  /** The folder of the store that it is made of: it must not lie in it. */
  readonly store: string;
}

/**
 * Lets `write` fill a store's folder that is one only when it is whole: a copy broken off half-way could be opened, and
 * would pass for a shorter log. Until then it lies beside it, as `.NAME-unfinished-…`, and goes when `write` fails;
 * after a `kill -9` it may be deleted by hand.
 *
 * Where a file system is mounted the folder cannot be exchanged: it is filled within, in `.unfinished`, and `log` gets
 * its place last. Without `log` a folder is no store, and a witness without its log is not opened. Who makes
 * `.unfinished` has claimed the folder: of two at once, also under two names of it, one is refused.
 *
 * @throws StorePathError when there is something in it, it lies in the store, or it cannot be made or exchanged;
 *   StoreUnavailableError when the disk is full
 */
export async function writeNewFolder<T>(
  { path, store }: NewFolder,
  write: (draft: string) => Promise<T>,
): Promise<T> {
  await assertOutsideStore(path, store);
  const { target, isMounted } = await emptyOrNew(path);
  const draft = isMounted
    ? join(target, claim)
    : join(dirname(target), `.${basename(target)}-unfinished-${randomUUID()}`);
  await mkdir(draft).catch((cause: unknown) => {
    throw codeOf(cause) === 'EEXIST' ? claimed(path) : unusable(path, cause);
  });
  try {
    const result = await write(draft);
    await (isMounted ? moveInto(draft, target) : takeName(draft, target));
    return result;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw isDiskFull(error) ? diskFull(error) : error;
  }
}

/** In a mounted folder: what is written until it is whole. */
const claim = '.unfinished';

interface Place {
  /** Without links. */
  readonly target: string;
  /** It is where a file system is mounted. */
  readonly isMounted: boolean;
}

/** Only the folders above it are made. */
async function emptyOrNew(path: string): Promise<Place> {
  try {
    await makeFolders(dirname(resolve(path)));
    const target = await realpath(path).catch(nullIfMissing);
    if (target === null) return { target: resolve(path), isMounted: false };
    const isMounted = (await stat(target)).dev !== (await stat(dirname(target))).dev;
    const names = await readdir(target);
    if (isMounted ? isNewVolume(names) : names.length === 0) return { target, isMounted };
  } catch (cause) {
    throw unusable(path, cause);
  }
  throw notEmpty(path);
}

/** Whether it is claimed or not. A new file system of the ext family has a folder for what its repair finds. */
function isNewVolume(names: readonly string[]): boolean {
  return names.every((name) => name === 'lost+found' || name === claim);
}

async function takeName(draft: string, target: string): Promise<void> {
  try {
    await rmdir(target).catch(nullIfMissing); // not every system renames onto an empty folder
    await rename(draft, target);
  } catch (cause) {
    throw unusable(target, cause);
  }
}

async function moveInto(draft: string, target: string): Promise<void> {
  const present = await readdir(target).catch((cause: unknown) => {
    throw unusable(target, cause);
  });
  // A rename would replace a file, and whoever opened a store here meanwhile did not ask for the claim.
  if (!isNewVolume(present)) throw notEmpty(target);
  const moved: string[] = [];
  try {
    const names = (await readdir(draft)).filter((name) => name !== 'log');
    for (const name of [...names, 'log']) {
      await rename(join(draft, name), join(target, name));
      moved.push(name);
    }
    await rmdir(draft);
  } catch (cause) {
    for (const name of moved) await rm(join(target, name), { recursive: true, force: true });
    throw unusable(target, cause);
  }
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

function notEmpty(path: string): StorePathError {
  return new StorePathError({ path, reason: 'is not empty; a new folder is needed' });
}

function claimed(path: string): StorePathError {
  const reason = `is being filled by another, or by one that was killed: then ${claim} in it can be deleted`;
  return new StorePathError({ path, reason });
}

function unusable(path: string, cause: unknown): Error {
  if (isDiskFull(cause)) return diskFull(cause);
  return new StorePathError({ path, reason: reasonOf(cause), cause });
}

function reasonOf(cause: unknown): string {
  switch (codeOf(cause)) {
    case 'ENOTDIR':
      return 'is a file, or lies below one; a new folder is needed';
    case 'ENOTEMPTY':
    case 'EEXIST':
      return 'was filled by another meanwhile; a new folder is needed';
    default:
      return `cannot be used as a folder (${String(cause)})`;
  }
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
