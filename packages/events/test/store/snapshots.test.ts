import { join } from 'node:path';
import { createMemoryEventStore, createSnapshots, defineEvents, type EventOf } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { ClassicLevel } from 'classic-level';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../level/temporary-folder.ts';

const catalog = defineEvents({ ADDED: z.object({ n: z.number() }) });
type Added = EventOf<typeof catalog>;

const added = (n: number) => ({ eventType: 'ADDED', data: { n } }) as const;

function countingSum() {
  const calls = { evolve: 0 };
  const projection = {
    initialState: 0,
    evolve: (sum: number, event: Added) => {
      calls.evolve += 1;
      return sum + event.data.n;
    },
  };
  return { calls, projection };
}

async function storeWith(events: number, n = 1) {
  const store = createMemoryEventStore(catalog);
  for (let i = 0; i < events; i++) await store.append('a', added(n));
  return store;
}

it('a snapshot saves folding what was folded before', async () => {
  await using store = await storeWith(150);
  const { calls, projection } = countingSum();
  const snapshots = createSnapshots(store, projection, { name: 'sum', reducerVersion: 1 });
  expect(await snapshots.read('a')).toBe(150);
  expect(calls.evolve).toBe(150);
  await store.append('a', added(7));
  expect(await snapshots.read('a')).toBe(157);
  expect(calls.evolve).toBe(151);
  expect(await snapshots.read('nobody')).toBe(0);
});

it('a snapshot of other reducers is not used', async () => {
  await using store = await storeWith(120);
  const { calls, projection } = countingSum();
  await createSnapshots(store, projection, { name: 'sum', reducerVersion: 1 }).read('a');
  const next = createSnapshots(store, projection, { name: 'sum', reducerVersion: 2 });
  expect(await next.read('a')).toBe(120);
  expect(calls.evolve).toBe(240);
});

it('a snapshot of another log is not used', async () => {
  await using store = await storeWith(120, 1);
  await using other = await storeWith(130, 2);
  const { projection } = countingSum();
  const options = { name: 'sum', reducerVersion: 1 };
  await createSnapshots(store, projection, options).read('a');
  const name = JSON.stringify(['snapshot', 'sum', 'a']);
  const foreign = await store.readCheckpoint(name);
  await other.writeCheckpoint({ name, sequence: 120, state: foreign?.state });
  expect(await createSnapshots(other, projection, options).read('a')).toBe(260);
});

it('a snapshot that is damaged is passed over: it is a cache, and the events tell', async () => {
  const path = await temporaryFolder();
  const { calls, projection } = countingSum();
  const open = () => openLevelEventStore({ path, catalog });
  const sum = (store: Awaited<ReturnType<typeof open>>) =>
    createSnapshots(store, projection, { name: 'sum', reducerVersion: 1 }).read('a');
  {
    await using store = await open();
    await store.append(
      'a',
      Array.from({ length: 150 }, () => added(1)),
    );
    expect(await sum(store)).toBe(150);
  }
  const db = new ClassicLevel(join(path, 'log'));
  for (const [key, value] of await db.iterator({ gte: 'c', lt: 'd' }).all()) {
    await db.put(key, value.replace('"state":150', '"state":151'));
  }
  await db.close();
  await using store = await open();
  expect(await sum(store)).toBe(150);
  expect(calls.evolve).toBe(300);
});
