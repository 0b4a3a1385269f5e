import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Inside the workspace packages are read from their sources, so that tests need no build. What is installed
 * is read as Node reads it: without bundlers' `module`.
 */
export const sourceConditions = ['@org/source', 'node', 'development|production'];

/** In ms; for a machine that does other things too. What hangs still ends. */
export const testTimeout = 30_000;

/**
 * For tests that make stores and start programs: folders in memory where there is room for them, since what such tests
 * wait for is the disk, and compiled sources kept for the next program that is started.
 */
export function quickEnvironment(): Record<string, string> {
  const parent = freeBytes('/dev/shm') > 2 ** 30 ? '/dev/shm' : tmpdir();
  return { TMPDIR: parent, NODE_COMPILE_CACHE: join(tmpdir(), 'org-compile-cache') };
}

function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0; // there is none on this system
  }
}
