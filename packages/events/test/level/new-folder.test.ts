import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, symlinkSync } from 'node:fs';
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

  it('takes the place of an empty one, also behind a link', async () => {
    const folder = await temporaryFolder();
    await using store = await open(await filled(folder));
    await mkdir(join(folder, 'empty'));
    symlinkSync(join(folder, 'empty'), join(folder, 'link'));
    await store.backup(join(folder, 'link'));
    expect(readdirSync(folder).toSorted()).toEqual(['empty', 'link', 'store']);
    expect(await eventsOf(join(folder, 'empty'))).toBe(10);
  });
});
