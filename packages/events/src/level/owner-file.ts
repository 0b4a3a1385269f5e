import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StoreLockedError } from '../store-errors.ts';
import { liveness, type ProcessIdentity, thisProcess } from './owner-identity.ts';

/*
 * Who may open the folder. LevelDB's own lock is silently lost when any handle on its LOCK file is
 * closed (a failed second open, a backup tool, a reader), and then two processes lose each other's
 * acknowledged writes. So this file is asked before LevelDB is touched.
 *
 * Owner files are numbered: `owner.1.json`, `owner.2.json` … Invariants:
 * O1  An owner file appears whole or not at all, and only if it did not exist: `link` from a finished file.
 * O2  The highest number counts. It is never removed, only rewritten by its owner (`released`).
 * O3  A number is taken only when the one below it is released or its process is dead.
 * O4  After taking a number, an opener looks again; it owns the folder only if its own is the highest.
 * From O2 and O4: of two openers with different numbers the lower sees the higher, or the higher was
 * taken while the lower was alive, which O3 excludes. Of two openers with the same number O1 lets one win.
 */

const ownerSchema = z.object({
  pid: z.number(),
  startTime: z.string().nullable(),
  bootId: z.string().nullable(),
  pidNamespace: z.string().nullable(),
  host: z.string(),
  token: z.string(),
  /** Device and inode of the folder: a copy of the folder has no owner. */
  folder: z.string(),
  openedAt: z.string(),
  address: z.string().nullable(),
  released: z.boolean(),
});

/** The process that has a store's folder open. */
export type StoreOwner = z.output<typeof ownerSchema>;

export interface Ownership {
  /** Says where the owner can be reached; `readOwner` and refusals show it. */
  setAddress(address: string | null): void;
  /** Twice is fine. */
  release(): void;
}

/**
 * The live owner of a store's folder; null when nobody has it open.
 *
 * @param path the folder given to `openLevelEventStore`
 */
export function readOwner(path: string): StoreOwner | null {
  if (!existsSync(path)) return null;
  const { owner } = highest(path);
  return owner && isHeld(owner, path, thisProcess()) ? owner : null;
}

/** @throws StoreLockedError naming the owner */
export function takeOwnership(path: string, now: () => number): Ownership {
  const self = thisProcess();
  const { number, owner } = highest(path);
  if (owner && isHeld(owner, path, self)) throw refusal(path, owner, self);
  const taken = number + 1;
  let current: StoreOwner = {
    ...self,
    token: randomUUID(),
    folder: folderId(path),
    openedAt: new Date(now()).toISOString(),
    address: null,
    released: false,
  };
  if (!createExclusively(path, taken, current)) {
    const winner = highest(path);
    throw refusal(path, winner.owner ?? current, self);
  }
  const after = highest(path);
  if (after.number !== taken) {
    rmSync(ownerFile(path, taken), { force: true });
    throw refusal(path, after.owner ?? current, self);
  }
  for (const older of ownerNumbers(path)) {
    if (older < taken) rmSync(ownerFile(path, older), { force: true });
  }
  const rewrite = (change: Partial<StoreOwner>) => {
    if (current.released) return;
    current = { ...current, ...change };
    const draft = writeDraft(path, current);
    renameSync(draft, ownerFile(path, taken));
  };
  return {
    setAddress: (address) => rewrite({ address }),
    release() {
      const held = current;
      try {
        rewrite({ released: true, address: null });
      } catch {
        // No room for another file: over what is there. Half of it would name nobody, which is no less true.
        const text = textOf(current).padEnd(textOf(held).length);
        writeFileSync(ownerFile(path, taken), text, { flag: 'r+' });
      }
    },
  };
}

function isHeld(owner: StoreOwner, path: string, self: ProcessIdentity): boolean {
  if (owner.released || owner.folder !== folderId(path)) return false;
  return liveness(owner, self) === 'alive';
}

function highest(path: string): { readonly number: number; readonly owner: StoreOwner | null } {
  for (;;) {
    const number = Math.max(0, ...ownerNumbers(path));
    if (number === 0) return { number, owner: null };
    const text = readIfThere(ownerFile(path, number));
    if (text === null) continue; // a higher one has just replaced it
    return { number, owner: parseOwner(text) };
  }
}

/** A damaged owner file names nobody: LevelDB's own lock is then the only guard. */
function parseOwner(text: string): StoreOwner | null {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function ownerNumbers(path: string): number[] {
  return readdirSync(path).flatMap((name) => {
    const match = /^owner\.(\d+)\.json$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
}

function createExclusively(path: string, number: number, owner: StoreOwner): boolean {
  const draft = writeDraft(path, owner);
  try {
    linkSync(draft, ownerFile(path, number));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDraft(path: string, owner: StoreOwner): string {
  const draft = join(path, `owner.${owner.token}.tmp`);
  try {
    writeFileSync(draft, textOf(owner));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return draft;
}

function textOf(owner: StoreOwner): string {
  return `${JSON.stringify(owner, null, 2)}\n`;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function ownerFile(path: string, number: number): string {
  return join(path, `owner.${number}.json`);
}

function folderId(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

function refusal(path: string, owner: StoreOwner, self: ProcessIdentity): StoreLockedError {
  const own = owner.pid === self.pid && owner.host === self.host;
  const who = own
    ? `this process (pid ${owner.pid})`
    : `process ${owner.pid} on ${owner.host}${owner.address ? `, serving ${owner.address},` : ''}`;
  const what = own
    ? 'use the store that is open, or close it first'
    : owner.address
      ? 'use that address, or stop the process and try again'
      : 'stop the process and try again';
  return new StoreLockedError({
    path,
    owner: { pid: owner.pid, address: owner.address },
    advice: `${who} has had it open since ${owner.openedAt}; ${what}`,
  });
}
