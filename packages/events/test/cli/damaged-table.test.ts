import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codingEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { expect, it } from 'vitest';
import { ended, spawnOrgEvents, temporaryFolder } from './cli-run.ts';

const count = 40;

/** A closed store of 40 events, all of them in one table of LevelDB. */
async function fillTable(path: string): Promise<string> {
  for (const events of [count, 0]) {
    await using store = await openLevelEventStore({ path, catalog: codingEvents });
    for (let n = 1; n <= events; n++) {
      const data = { prompt: 'text '.repeat(300) };
      await store.append('task', { eventType: 'TASK_CREATED', data });
    }
  }
  const [table = ''] = (await readdir(join(path, 'log'))).filter((name) => name.endsWith('.ldb'));
  return join(path, 'log', table);
}

async function overwrite(file: string, at: number, page: Buffer): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(page, 0, page.length, at);
  await handle.close();
}

// In processes of their own: LevelDB's assertions end them.
it('a page of zeros in a table is told as damage, and repair loses no more than its events', async () => {
  await using folder = await temporaryFolder();
  const path = folder.in('store');
  await overwrite(await fillTable(path), 32_768, Buffer.alloc(4_096));
  for (const command of ['verify', 'export']) {
    const { exitCode, out, notes } = await ended(spawnOrgEvents([command, path]));
    expect([command, exitCode]).toEqual([command, 3]);
    expect(out + notes).toMatch(/damaged/i);
  }
  const { exitCode, notes } = await ended(spawnOrgEvents(['repair', path, folder.in('new')]));
  expect(exitCode).toBe(3);
  const [, saved, behind] = /^(\d+) events.* (\d+) events can be read/s.exec(notes) ?? [];
  expect(Number(saved) + Number(behind)).toBeGreaterThanOrEqual(count - 6);
  expect(await folder.list()).toEqual(['new', 'store']);
});

it('so is an index without an entry', async () => {
  await using folder = await temporaryFolder();
  const path = folder.in('store');
  const table = await fillTable(path);
  const [footer, trailer] = [48, 5];
  const noEntry = Buffer.concat([Buffer.alloc(2_044, 0xff), Buffer.alloc(4)]);
  await overwrite(table, (await stat(table)).size - footer - trailer - 2_048, noEntry);
  const { exitCode, notes } = await ended(spawnOrgEvents(['repair', path, folder.in('new')]));
  expect([exitCode, notes]).toEqual([3, expect.stringContaining('LOST: 40 acknowledged events')]);
});

it('so is a key out of its order, beside which LevelDB makes a new table of what it can read', async () => {
  await using folder = await temporaryFolder();
  const path = folder.in('store');
  const table = await fillTable(path);
  await overwrite(table, 32_768, Buffer.alloc(4_096));
  const key = (await readFile(table)).indexOf('e0000000000', 49_152);
  await overwrite(table, key + 1, Buffer.from('z'));
  const { exitCode, notes } = await ended(spawnOrgEvents(['repair', path, folder.in('new')]));
  expect([exitCode, notes]).toEqual([3, expect.stringMatching(/\d+ events can be read/)]);
});
