import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileContent } from '../test-runner.ts';
import { listPlainFiles, readPlainFile, writePlainFile } from './plain-files.ts';
import { WorkspaceError } from './workspace-error.ts';

/**
 * The code versions of one task: a folder per version with the files that it changed.
 *
 * 1. A version's folder has its name only when all of its files are in it.
 * 2. A version, once there, is never written to.
 */
export interface VersionStore {
  /** False when it was there already, with the same files. */
  write(version: number, files: readonly FileContent[]): Promise<boolean>;
  versions(): Promise<readonly number[]>;
  /** All files as of a version: of each path, the newest that is not newer. */
  snapshot(version: number): Promise<readonly FileContent[]>;
  /** One file as of a version, or null. */
  file(path: string, version: number): Promise<string | null>;
}

export function openVersionStore(folder: string): VersionStore {
  const place = (version: number) => join(folder, String(version));

  const versions = async (): Promise<readonly number[]> => {
    let names: readonly string[] = [];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    return names
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  };

  const newestFirst = async (version: number) =>
    (await versions()).filter((candidate) => candidate <= version).reverse();

  const same = async (version: number, files: readonly FileContent[]): Promise<boolean> => {
    const stored = await listPlainFiles(place(version));
    if (stored.length !== files.length) return false;
    for (const file of files) {
      if ((await readPlainFile(place(version), file.path)) !== file.content) return false;
    }
    return true;
  };

  return {
    versions,
    async write(version, files) {
      if ((await versions()).includes(version)) {
        if (await same(version, files)) return false;
        throw new WorkspaceError(
          'VERSION_CONFLICT',
          `Version ${version} is stored with other content.`,
          { subject: place(version) },
        );
      }
      const draft = join(folder, `.${version}`);
      await rm(draft, { recursive: true, force: true });
      await mkdir(draft, { recursive: true });
      for (const file of files) await writePlainFile(draft, file, { durable: true });
      await rm(join(draft, '.writing'), { recursive: true, force: true });
      await rename(draft, place(version));
      return true;
    },
    async snapshot(version) {
      const files = new Map<string, string>();
      for (const candidate of await newestFirst(version)) {
        for (const path of await listPlainFiles(place(candidate))) {
          if (files.has(path)) continue;
          const content = await readPlainFile(place(candidate), path);
          if (content !== null) files.set(path, content);
        }
      }
      return [...files]
        .map(([path, content]) => ({ path, content }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    async file(path, version) {
      for (const candidate of await newestFirst(version)) {
        const content = await readPlainFile(place(candidate), path);
        if (content !== null) return content;
      }
      return null;
    },
  };
}
