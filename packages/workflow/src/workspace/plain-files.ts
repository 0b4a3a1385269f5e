import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileContent } from '../test-runner.ts';
import { WorkspaceError } from './workspace-error.ts';

/** Where files are written before they get their names: inside `root`, so that a rename is atomic. */
const temporary = '.writing';

/**
 * Writes a file whole or not at all, below `root`, through no link.
 * With `durable: true` it is on the disk before it has its name.
 */
export async function writePlainFile(
  root: string,
  file: FileContent,
  options: { readonly durable: boolean },
): Promise<void> {
  await makePlainFolder(root, dirname(file.path));
  const writing = join(root, temporary);
  await makePlainFolder(root, temporary);
  const draft = join(writing, randomUUID());
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(file.content);
      if (options.durable) await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(draft, join(root, file.path));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The content of a plain file below `root`, or null when there is none. */
export async function readPlainFile(root: string, path: string): Promise<string | null> {
  const parts = path.split('/');
  for (let depth = 0; depth < parts.length; depth++) {
    const place = join(root, ...parts.slice(0, depth + 1));
    const kind = await kindOf(place);
    if (kind === 'none') return null;
    if (kind !== (depth === parts.length - 1 ? 'file' : 'folder')) throw linkOut(place);
  }
  return readFile(join(root, path), 'utf8');
}

/** The paths of the plain files below a folder, sorted; what is no plain file throws. */
export async function listPlainFiles(root: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const walk = async (folder: string, prefix: string): Promise<void> => {
    for (const entry of await entries(folder)) {
      if (entry.name === temporary) continue;
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) await walk(join(folder, entry.name), path);
      else if (entry.isFile()) paths.push(path);
      else throw linkOut(join(folder, entry.name));
    }
  };
  await walk(root, '');
  return paths.sort();
}

async function entries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Makes each folder on the way, and follows none that is a link. */
async function makePlainFolder(root: string, path: string): Promise<void> {
  await mkdir(root, { recursive: true });
  let place = root;
  for (const part of path.split('/').filter((part) => part !== '.' && part !== '')) {
    place = join(place, part);
    try {
      await mkdir(place);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if ((await kindOf(place)) !== 'folder') throw linkOut(place);
    }
  }
}

async function kindOf(place: string): Promise<'file' | 'folder' | 'other' | 'none'> {
  try {
    const status = await lstat(place);
    return status.isFile() ? 'file' : status.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return 'none';
    }
    throw error;
  }
}

function linkOut(place: string): WorkspaceError {
  return new WorkspaceError('LINK_OUT', `${place} is a link or not what it should be.`, {
    subject: place,
  });
}
