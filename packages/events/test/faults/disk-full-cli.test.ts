import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { expect, it, onTestFinished } from 'vitest';
import { ended, orgEvents, spawnOrgEvents } from '../cli/cli-run.ts';

function smallDisk(): string | null {
  const path = mkdtempSync(join(tmpdir(), 'org-events-disk-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', [path]));
  return path;
}

it('no command takes a full disk for damage, however little room there is, nor leaves a copy or half a folder behind', async ({
  skip,
}) => {
  const disk = smallDisk();
  if (disk === null) return skip();
  const path = join(disk, 'store');
  {
    await using store = await openLevelEventStore({ path, catalog: contractEvents });
    for (let n = 0; n < 20; n++) {
      const page = Array.from({ length: 100 }, (_, i) => ({
        eventType: 'NOTE' as const,
        data: { n: i, text: 'x'.repeat(1_500) },
      }));
      await store.append('a', page);
    }
  }
  const codes = new Map<string, Set<number>>();
  for (let room = 1_048_576; room < 16 * 1_048_576; room += 1_048_576) {
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - room)));
    for (const command of ['verify', 'inspect', 'export', 'backup', 'repair']) {
      const into = join(disk, 'new');
      const takesTwo = command === 'backup' || command === 'repair';
      const { exitCode, notes } = await orgEvents([command, path, ...(takesTwo ? [into] : [])]);
      expect([0, 5], `${command} with room for ${room}: ${notes}`).toContain(exitCode);
      if (exitCode === 5) expect(notes).toContain('The disk is full.');
      codes.set(command, (codes.get(command) ?? new Set()).add(exitCode));
      const made = takesTwo && exitCode === 0 ? ['new'] : [];
      expect(readdirSync(disk).toSorted()).toEqual(['filler', ...made, 'store']);
      rmSync(into, { recursive: true, force: true });
    }
    rmSync(join(disk, 'filler'));
  }
  for (const [command, seen] of codes) expect([command, [...seen]]).toEqual([command, [5, 0]]);
});

it('an export that is redirected into a file says so when the disk takes only a part of its last line', async ({
  skip,
}) => {
  const disk = smallDisk();
  if (disk === null) return skip();
  const folder = mkdtempSync(join(tmpdir(), 'org-events-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'store');
  {
    await using store = await openLevelEventStore({ path, catalog: contractEvents });
    const text = 'x'.repeat(100_000);
    await store.append('a', { eventType: 'NOTE', data: { n: 1, text } });
  }
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 65_536));
  const file = join(disk, 'export');
  const stdout = openSync(file, 'w');
  const result = ended(spawnOrgEvents(['export', path], { stdout }));
  closeSync(stdout);
  const { exitCode, notes } = await result;
  expect(readFileSync(file).length).toBe(65_536);
  expect([exitCode, notes]).toEqual([5, expect.stringContaining('ends after 0 events')]);
  expect(notes).toContain('The disk is full.');
  expect(readdirSync(folder)).toEqual(['store']);
});
