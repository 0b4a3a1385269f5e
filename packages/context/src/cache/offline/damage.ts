import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedRowError } from './row-store.ts';

/** Whether what is stored cannot be read, rather than that it cannot be reached. */
export function isDamage(cause: unknown): boolean {
  if (cause instanceof DamagedRowError || cause instanceof SyntaxError) return true;
  if (!(cause instanceof Error)) return false;
  if ('code' in cause && cause.code === 'LEVEL_CORRUPTION') return true;
  if (isIoError(cause) && cause.message.endsWith(': No such file or directory')) return true;
  return isDamage(cause.cause);
}

/** Whether a folder that LevelDB made or found did not open because of what is in it. */
export async function isFolderDamage(path: string, cause: unknown): Promise<boolean> {
  return isDamage(cause) || (hasIoError(cause) && (await namesNoManifest(path)));
}

/** LevelDB opens whatever CURRENT names: with NUL bytes in it, its error does not even say what is missing. */
async function namesNoManifest(path: string): Promise<boolean> {
  const current = await readFile(join(path, 'CURRENT'), 'latin1').catch(() => null);
  return current !== null && !/^MANIFEST-\d+\n$/.test(current);
}

function hasIoError(cause: unknown): boolean {
  return cause instanceof Error && (isIoError(cause) || hasIoError(cause.cause));
}

function isIoError(cause: Error): boolean {
  return 'code' in cause && cause.code === 'LEVEL_IO_ERROR';
}
