import { randomBytes } from 'node:crypto';
import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { expect, it } from 'vitest';
import { openLevelLog } from '../../src/level/level-log.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import { contractEvents, note } from '../../src/testing/contract-catalog.ts';
import { count, filled, repaired } from './logged-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function openStore(path: string) {
  const small = { windowLength: 300, unsealedTail: 8, runLength: 64 };
  const log = await openLevelLog(path, { ...small, sealEveryMs: Number.POSITIVE_INFINITY });
  return { ...createEventStore(contractEvents, log), seal: () => log.seal() };
}

/** The first of its tables has index, checkpoint and what was stored of events before they were sealed. */
async function sealedStore(): Promise<string> {
  const path = await temporaryFolder();
  const store = await openStore(path);
  const text = () => randomBytes(2_000).toString('hex');
  for (let n = 0; n < 1_000; n += 100) {
    const page = Array.from({ length: 100 }, (_, i) => note({ n: n + i, text: text() }));
    await store.append('task', page);
  }
  await store.writeCheckpoint({ name: 'projection', sequence: 1, state: {} });
  await store.close();
  const db = new ClassicLevel(join(path, 'log'), { compression: false });
  await db.compactRange('a', 'z');
  await db.close();
  const again = await openStore(path);
  await again.seal();
  await again.close();
  return path;
}

it('repair saves all events of a store in which only index and checkpoints are damaged', async () => {
  const path = await sealedStore();
  const [first = ''] = readdirSync(join(path, 'log')).filter((name) => name.endsWith('.ldb'));
  truncateSync(join(path, 'log', first), 1_000_000);
  expect(await repaired(path)).toEqual({ head: 1_000, lost: [], acknowledged: 1_000 });
});

it('repair ends where a damaged key names an event behind the last that a number can count', async () => {
  const path = await filled();
  const db = new ClassicLevel(join(path, 'log'));
  await db.put('e04000000018g', 'of event 7');
  await db.close();
  expect(await repaired(path)).toMatchObject({ head: count, lost: [] });
});
