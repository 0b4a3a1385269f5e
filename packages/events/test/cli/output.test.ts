import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { codingEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { expect, it } from 'vitest';
import { ended, spawnOrgEvents, temporaryFolder } from './cli-run.ts';

const full = '/dev/full';

/** Of one event; without a witness, so that each command has something to note. */
async function fillStore(path: string): Promise<void> {
  await using store = await openLevelEventStore({ path, catalog: codingEvents });
  await store.append('task', { eventType: 'TASK_CREATED', data: { prompt: 'a stack' } });
  await rm(`${path}/witness`);
}

it.skipIf(!existsSync(full))(
  'a full disk under its output is told in words, and no copy stays',
  async () => {
    await using folder = await temporaryFolder();
    await fillStore(folder.in('store'));
    for (const command of ['export', 'tail', 'inspect', 'verify']) {
      const stdout = openSync(full, 'w');
      const result = ended(spawnOrgEvents([command, folder.in('store')], { stdout }));
      closeSync(stdout);
      const { exitCode, notes } = await result;
      expect([command, exitCode]).toEqual([command, 5]);
      expect(notes).toContain('The disk is full.');
      expect(notes).not.toMatch(/\n\s+at /);
    }
    expect(await folder.list()).toEqual(['store']);
  },
);

it.skipIf(!existsSync(full))('does its work also where its notes cannot be written', async () => {
  await using folder = await temporaryFolder();
  await fillStore(folder.in('store'));
  const stderr = openSync(full, 'w');
  const result = ended(spawnOrgEvents(['export', folder.in('store')], { stderr }));
  closeSync(stderr);
  const { exitCode, out } = await result;
  expect([exitCode, out]).toEqual([0, expect.stringContaining('a stack')]);
  expect(await folder.list()).toEqual(['store']);
});

it('does its work also when the reader of its notes has gone', async () => {
  await using folder = await temporaryFolder();
  await fillStore(folder.in('store'));
  const child = spawnOrgEvents(['backup', folder.in('store'), folder.in('new')]);
  child.stderr?.destroy();
  const [exitCode] = await once(child, 'exit');
  expect(exitCode).toBe(0);
  expect(await folder.list()).toEqual(['new', 'store']);
});
