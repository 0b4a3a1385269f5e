import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Inside the workspace packages are read from their sources, so that tests need no build. What is installed
 * is read as Node reads it: without bundlers' `module`.
 */
export const sourceConditions = ['@org/source', 'node', 'development|production'];

export const testOptions = {
  /** What a file replaces it puts back, so files can share a worker and its modules. */
  isolate: false,
  /** In ms; for a machine that does other things too. What hangs still ends. */
  testTimeout: 30_000,
  /** What Node made of sources is kept for the next program that a test starts. */
  env: { NODE_COMPILE_CACHE: join(tmpdir(), 'org-compile-cache') },
};

/** For tests that make stores: a temporary folder in memory where there is room, since what they wait for is the disk. */
export function folderInMemory(): string {
  return freeBytes('/dev/shm') > 2 ** 30 ? '/dev/shm' : tmpdir();
}

function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0; // there is none on this system
  }
}
