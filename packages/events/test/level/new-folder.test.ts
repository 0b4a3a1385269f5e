import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openLevelEventStore, repairLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const open = (path: string) => openLevelEventStore({ path, catalog: contractEvents });

async function filled(folder: string): Promise<string> {
  const path = join(folder, 'store');
  await using store = await open(path);
  for (let n = 0; n < 10; n++) await store.append('a', { eventType: 'NOTE', data: { n } });
  return path;
}

async function eventsOf(path: string): Promise<number> {
  await using store = await open(path);
  return (await store.verify()).events;
}

/** The next store that is opened writes nothing. */
function refuseNextOpening(): void {
  const spy = vi.spyOn(ClassicLevel.prototype, 'open').mockImplementationOnce(async () => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  onTestFinished(() => spy.mockRestore());
}

/** Does something when a store is opened for the first time in the new folder. */
function whileItIsFilled(act: () => void): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its `this` below
  const open = ClassicLevel.prototype.open;
  const spy = vi.spyOn(ClassicLevel.prototype, 'open').mockImplementationOnce(async function (
    this: ClassicLevel,
  ) {
    act();
    spy.mockRestore();
    await open.call(this, {});
  });
}

/** A small file system at this path; false where this user may not mount one. */
function mounted(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync('umount', [path]));
  return true;
}

describe('a folder that a repair or a backup makes', () => {
  it('is not there after a repair that failed, and a second try makes it', async () => {
    const folder = await temporaryFolder();
    const path = await filled(folder);
    const into = join(folder, 'repaired');
    const unreadable = join(path, 'log', 'pipe');
    execFileSync('mkfifo', [unreadable]);
    await expect(repairLevelEventStore({ path, into })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['store']);
    rmSync(unreadable);
    expect(await repairLevelEventStore({ path, into })).toMatchObject({ head: { sequence: 10 } });
    expect(readdirSync(folder).toSorted()).toEqual(['repaired', 'store']);
    expect(await eventsOf(into)).toBe(10);
  });

  it('is not there after a backup for which there was no room, and a second try makes it', async () => {
    const folder = await temporaryFolder();
    await using store = await open(await filled(folder));
    const into = join(folder, 'deep', 'backup');
    refuseNextOpening();
    await expect(store.backup(into)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      transient: true,
    });
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
    await store.backup(into);
    expect(await eventsOf(into)).toBe(10);
    await expect(store.backup(into)).rejects.toMatchObject({ code: 'STORE_PATH' });
    expect(await eventsOf(into)).toBe(10);
  });

  it('is refused in the store itself, also behind a link, and the store stays as it was', async () => {
    const folder = await temporaryFolder();
    const path = await filled(folder);
    symlinkSync(join(path, 'log'), join(folder, 'link'));
    const within = ['store', 'store/new', 'store/log/deep/new', 'link/new', 'link'];
    const refused = { code: 'STORE_PATH', message: expect.stringContaining('in the store') };
    const before = readdirSync(path, { recursive: true });
    for (const into of within.map((name) => join(folder, name))) {
      await expect(repairLevelEventStore({ path, into })).rejects.toMatchObject(refused);
    }
    expect(readdirSync(path, { recursive: true })).toEqual(before);
    // A name that only begins alike lies beside it.
    expect(await repairLevelEventStore({ path, into: `${path}-new` })).toMatchObject({ lost: 0 });

    await using store = await open(path);
    const opened = readdirSync(path, { recursive: true });
    for (const into of within.map((name) => join(folder, name))) {
      await expect(store.backup(into)).rejects.toMatchObject(refused);
    }
    expect(readdirSync(path, { recursive: true })).toEqual(opened);
  });

  it('of which another has made one meanwhile is refused in words', async () => {
    const folder = await temporaryFolder();
    const path = await filled(folder);
    const into = join(folder, 'new');
    whileItIsFilled(() => mkdirSync(join(into, 'of another'), { recursive: true }));
    const error = await repairLevelEventStore({ path, into }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'STORE_PATH',
      message: `${into}: was filled by another meanwhile; a new folder is needed`,
    });
    expect(readdirSync(into)).toEqual(['of another']);
    expect(readdirSync(folder).toSorted()).toEqual(['new', 'store']);
  });

  it('takes the place of an empty one, also behind a link', async () => {
    const folder = await temporaryFolder();
    await using store = await open(await filled(folder));
    await mkdir(join(folder, 'empty'));
    symlinkSync(join(folder, 'empty'), join(folder, 'link'));
    await store.backup(join(folder, 'link'));
    expect(readdirSync(folder).toSorted()).toEqual(['empty', 'link', 'store']);
    expect(await eventsOf(join(folder, 'empty'))).toBe(10);
  });

  it('is filled within where a file system is mounted, and is a store only at the end', async ({
    skip,
  }) => {
    const folder = await temporaryFolder();
    const path = await filled(folder);
    const into = join(folder, 'volume');
    await mkdir(into);
    if (!mounted(into)) return skip();
    await mkdir(join(into, 'lost+found'));

    // Another has made its store there meanwhile: all of it stays.
    whileItIsFilled(() => {
      mkdirSync(join(into, 'log', 'of another'), { recursive: true });
      writeFileSync(join(into, 'witness'), 'of another');
    });
    const failing = repairLevelEventStore({ path, into });
    await expect(failing).rejects.toMatchObject({ code: 'STORE_PATH' });
    expect(readdirSync(into).toSorted()).toEqual(['log', 'lost+found', 'witness']);
    expect(readFileSync(join(into, 'witness'), 'utf8')).toBe('of another');
    rmSync(join(into, 'log'), { recursive: true });
    rmSync(join(into, 'witness'));

    // What a kill leaves while it is filled is told, and stays.
    mkdirSync(join(into, '.unfinished', 'log'), { recursive: true });
    const told = { code: 'STORE_PATH', message: expect.stringMatching(/killed.*\.unfinished/) };
    await expect(repairLevelEventStore({ path, into })).rejects.toMatchObject(told);
    expect(readdirSync(join(into, '.unfinished'))).toEqual(['log']);
    rmSync(join(into, '.unfinished'), { recursive: true });

    whileItIsFilled(() => {
      expect(readdirSync(into)).toContain('.unfinished');
      expect(readdirSync(into)).not.toContain('log');
    });
    expect(await repairLevelEventStore({ path, into })).toMatchObject({ head: { sequence: 10 } });
    expect(readdirSync(into).toSorted()).toEqual(['log', 'lost+found', 'witness']);
    expect(await eventsOf(into)).toBe(10);
    await using store = await open(path);
    await expect(store.backup(into)).rejects.toMatchObject({ code: 'STORE_PATH' });

    // What a kill before the last step leaves is no store, and passes for none.
    rmSync(join(into, 'log'), { recursive: true });
    await expect(open(into)).rejects.toMatchObject({ code: 'INTEGRITY', sequence: 1 });
  });

  for (const place of ['beside it', 'within, where a file system is mounted'] as const) {
    it(`is whole when two are made in one place at once, filled ${place}; the other is refused`, async ({
      skip,
    }) => {
      const folder = await temporaryFolder();
      await using store = await open(await filled(folder));
      const into = join(folder, 'volume');
      await mkdir(into);
      if (place !== 'beside it' && !mounted(into)) return skip();
      const backups = await Promise.allSettled([store.backup(into), store.backup(into)]);
      expect(backups.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const refused = backups.find(({ status }) => status === 'rejected');
      expect(refused).toMatchObject({ reason: { code: 'STORE_PATH' } });
      expect(readdirSync(into).toSorted()).toEqual(['log', 'witness']);
      await using copy = await open(into);
      expect(copy.opened.witness).toBe('present');
      expect(await copy.verify()).toMatchObject({ ok: true, events: 10 });
    });
  }
});
