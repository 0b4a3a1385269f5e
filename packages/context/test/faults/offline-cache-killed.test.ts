import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { OfflineCache } from '../../src/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'offline-killed-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const rounds = 12;

it(`invariants 1 and 2: ${rounds} times killed while saving, graph, words and sequence are of one save, and none that was acknowledged is lost`, async () => {
  const path = join(folder, 'memory');
  let stored = 0;
  for (let round = 0; round < rounds; round++) {
    // Each time after another number of saves, and somewhere inside the next one.
    const acknowledged = await saveUntilKilled(path, 3 + ((round * 7) % 11));
    const offline = await OfflineCache.open({ path });
    expect(offline.damages).toEqual([]);
    expect(offline.sequence).toBeGreaterThanOrEqual(acknowledged);
    expect(offline.sequence).toBeLessThanOrEqual(acknowledged + 1);
    expect(offline.sequence).toBeGreaterThan(stored);
    stored = offline.sequence;
    expect((await offline.load('t')).size.nodes).toBe(40 * stored + 1);
    const same = await offline.load(`other-${stored % 3}`);
    expect(same.size.nodes).toBe(40 * stored + 1);
    const newest = await offline.searchSemantic(`f${stored}_7`, { scope: 't', limit: 1 });
    expect(newest.hits[0]?.node.id).toBe(`func:f${stored}_7`);
    const next = await offline.searchSemantic(`f${stored + 1}_7`, { scope: 't' });
    expect(next.hits).toEqual([]);
    const task = await offline.searchSemantic(`round${stored}`, { types: ['task'] });
    expect(task.hits.map(({ scope }) => scope)).toEqual([`other-${stored % 3}`, 't']);
    const nextTask = await offline.searchSemantic(`round${stored + 1}`, { types: ['task'] });
    expect(nextTask.hits).toEqual([]);
    await offline.close();
  }
});

it('refuses a second process while one has the folder open, and lets it in once that is gone', async () => {
  const path = join(folder, 'shared');
  const child = savingChild(path);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await expect(OfflineCache.open({ path })).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  // The one that has it is not disturbed.
  const before = Number((await lines.next()).value);
  expect(Number((await lines.next()).value)).toBe(before + 1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const offline = await OfflineCache.open({ path });
  expect(offline.damages).toEqual([]);
  expect(offline.sequence).toBeGreaterThan(before);
  await offline.close();
});

function savingChild(path: string) {
  const script = join(import.meta.dirname, 'saving-child.ts');
  return spawn(process.execPath, ['--conditions=@org/source', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Gives the last number that the child said. */
async function saveUntilKilled(path: string, saves: number): Promise<number> {
  const child = savingChild(path);
  const exited = once(child, 'exit');
  let last = 0;
  let said = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    said += 1;
    if (said === saves) child.kill('SIGKILL');
  }
  await exited;
  return last;
}
