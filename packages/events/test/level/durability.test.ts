import { type ChainedBatch, ClassicLevel } from 'classic-level';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openLevelEventStore } from '../../src/level/index.ts';
import { readWitness } from '../../src/level/witness-file.ts';
import { contractEvents, note } from '../../src/testing/contract-catalog.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Batch = ChainedBatch<ClassicLevel, string, string>;

/** What all batches inherit; the package does not export their class. */
async function batchPrototype(): Promise<Batch> {
  const db = new ClassicLevel(await temporaryFolder());
  await db.open();
  const prototype = Object.getPrototypeOf(db.batch());
  await db.close();
  return Object.getPrototypeOf(prototype);
}

/** Calls `before` and `after` around each write of a batch into LevelDB. */
async function watchWrites(watch: {
  readonly before?: (options: unknown) => Promise<void> | void;
  readonly after?: () => void;
}) {
  const batches = await batchPrototype();
  // oxlint-disable-next-line typescript/unbound-method -- called with its `this` below
  const write = batches.write;
  const spy = vi.spyOn(batches, 'write').mockImplementation(async function (
    this: Batch,
    options = {},
  ) {
    await watch.before?.(options);
    await write.call(this, options);
    watch.after?.();
  });
  onTestFinished(() => spy.mockRestore());
}

it('an append is answered only when a synced write has ended', async () => {
  const path = await temporaryFolder();
  const told: string[] = [];
  await using store = await openLevelEventStore({ path, catalog: contractEvents });
  await watchWrites({
    before: (options) => void told.push(`write ${JSON.stringify(options)}`),
    after: () => void told.push('written'),
  });
  for (const n of [1, 2]) {
    await store.append('a', note({ n }));
    told.push('answered');
  }
  await store.writeCheckpoint({ name: 'p', sequence: 2, state: null });
  told.push('answered');
  const each = ['write {"sync":true}', 'written', 'answered'];
  expect(told).toEqual([...each, ...each, ...each]);
});

it('appends that come while one is written are written together: 100 in a handful of batches', async () => {
  const path = await temporaryFolder();
  let writes = 0;
  await using store = await openLevelEventStore({ path, catalog: contractEvents });
  await watchWrites({
    before() {
      writes += 1;
    },
  });
  await Promise.all(Array.from({ length: 100 }, (_, n) => store.append(`task-${n}`, note({ n }))));
  expect(writes).toBeLessThanOrEqual(5);
  expect((await store.head()).sequence).toBe(100);
});

it('the witness never names an event before it is durable, and always one that was acknowledged', async () => {
  const path = await temporaryFolder();
  await using store = await openLevelEventStore({ path, catalog: contractEvents });
  const witnessed = () => {
    const report = readWitness(path);
    return report.state === 'present' ? report.head : { sequence: 0, hash: '' };
  };
  const whenWritten: unknown[] = [];
  await watchWrites({ after: () => void whenWritten.push(witnessed()) });
  const heads: unknown[] = [await store.head()];
  for (let n = 1; n <= 5; n++) {
    await store.append('a', [note({ n }), note({ n })]);
    heads.push(await store.head());
    expect(witnessed()).toEqual(heads.at(-1));
  }
  // Each write ends while the witness still names the head before it.
  expect(whenWritten).toEqual(heads.slice(0, -1));
});
