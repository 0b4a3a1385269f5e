import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Terminal } from './command.ts';
import { printable } from './printable.ts';

/** Tells of folders that commands make beside a folder while they run: of one that was killed they stay. */
export async function noteLeftOvers(path: string, terminal: Terminal): Promise<void> {
  const folder = resolve(path);
  const names = await readdir(dirname(folder)).catch((): string[] => []);
  for (const name of names) {
    const isOurs = ['copy', 'unfinished'].some((kind) =>
      name.startsWith(`.${basename(folder)}-${kind}-`),
    );
    if (isOurs) {
      terminal.note(
        `${printable(join(dirname(path), name))} is of a command that still runs, or of one that was killed: then it can be deleted.\n`,
      );
    }
  }
}
