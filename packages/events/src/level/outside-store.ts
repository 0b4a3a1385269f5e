import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { StorePathError } from '../store-errors.ts';

/** @throws StorePathError when what is to be written would lie in the store's folder, links followed */
export async function assertOutsideStore(path: string, store: string): Promise<void> {
  const [target, folder] = [await located(resolve(path)), await located(resolve(store))];
  if (!`${target}${sep}`.startsWith(`${folder}${sep}`)) return;
  throw new StorePathError({ path, reason: 'lies in the store itself; choose another place' });
}

/** Without links, as far as it is there. */
async function located(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  return realpath(path).catch(async () => join(await located(parent), basename(path)));
}
