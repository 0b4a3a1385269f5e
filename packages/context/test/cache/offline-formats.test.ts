import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { JsonValue } from '@org/events';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openLevelRows } from '../../src/cache/offline/storage/row-store.ts';
import { NetworkedCache, OfflineCache, type OnlineEntry } from '../../src/index.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offline-formats-'));
  path = join(folder, 'memory');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function opened(...[openRows]: [Parameters<typeof OfflineCache.open>[1]?]) {
  const cache = await OfflineCache.open({ path }, openRows);
  onTestFinished(() => cache.close());
  return cache;
}

const items: readonly OnlineEntry<JsonValue>[] = [
  { key: 'a/b', value: { text: 'three modules' }, tokens: 30, priority: 'CRITICAL' },
  { key: 'plan', value: 'kept', tokens: 3, priority: 'HIGH' },
];

function graphOf(name: string): NetworkedCache {
  const cache = new NetworkedCache();
  cache.addNode({ id: 'task:t', type: 'task', name: 't', summary: `Validate a ${name}` });
  cache.addNode({ id: `func:validate_${name}`, type: 'function' });
  return cache;
}

/** Graphs of two tasks, and items. */
async function fill(): Promise<void> {
  const offline = await OfflineCache.open({ path });
  await offline.saveAll(
    [
      { scope: 't', cache: graphOf('email') },
      { scope: 'u', cache: graphOf('phone') },
    ],
    { sequence: 7 },
  );
  await offline.migrate(items);
  await offline.close();
}

async function withLevel(change: (level: ClassicLevel) => Promise<void>): Promise<void> {
  const level = new ClassicLevel(path);
  await change(level);
  await level.close();
}

/** Every row as it was written up to format 3: the sum of its value alone, on a line of its own. */
const writtenAsFormat3 = () =>
  withLevel(async (level) => {
    for (const [key, stored] of await level.iterator().all()) {
      const value = key === 'meta' ? '{"format":3,"sequence":7}' : stored.slice(9);
      await level.put(key, `${crc32(value).toString(16).padStart(8, '0')}\n${value}`);
    }
  });

describe('a row of an OfflineCache', () => {
  it.each([
    ['scope/t', 'scope/u'],
    ['scope/t', 'scope/v'],
    ['graph/t/0', 'graph/u/0'],
    ['words/t/0', 'words/u/0'],
    ['texts/t', 'texts/u'],
    ['task-word/email/t', 'task-word/email/u'],
    ['item/plan', 'item/another'],
  ])('invariant 3: %s under the key %s is damage like any other', async (from, to) => {
    await fill();
    await withLevel(async (level) => level.put(to, (await level.get(from)) ?? ''));
    const offline = await opened();
    await offline.scopes();
    await offline.searchSemantic('email', { types: ['task'] });
    await offline.searchSemantic('email phone');
    await offline.load('u');
    await offline.items();
    expect(offline.damages).toMatchObject([{ keptAt: `${path}.damaged-1` }]);
    expect(offline.damages[0]?.cause).toMatchObject({ key: to });
    expect(offline.sequence).toBe(0);
    await offline.save(graphOf('phone'), { scope: 'u' });
    expect(await offline.scopes()).toEqual(['u']);
  });

  it('invariant 3: the form of format 3, which a row of any key could have, is damage by now', async () => {
    await fill();
    await withLevel(async (level) => {
      const value = (await level.get('graph/t/0'))?.slice(9) ?? '';
      await level.put('graph/u/0', `${crc32(value).toString(16).padStart(8, '0')}\n${value}`);
    });
    const offline = await opened();
    expect((await offline.load('u')).size.nodes).toBe(0);
    expect(offline.damages).toHaveLength(1);
  });
});

describe('an OfflineCache of format 3', () => {
  it('is opened with all its items; what comes from the log is to be folded again', async () => {
    await fill();
    await writtenAsFormat3();
    const offline = await opened();
    expect(await offline.items()).toEqual(items);
    expect(offline).toMatchObject({ sequence: 0, damages: [] });
    expect(await offline.scopes()).toEqual([]);
    await offline.saveAll([{ scope: 't', cache: graphOf('email') }], { sequence: 7 });
    await offline.close();

    const again = await opened();
    expect(await again.items()).toEqual(items);
    expect(again).toMatchObject({ sequence: 7, damages: [] });
    expect((await again.load('t')).getNode('task:t')?.summary).toBe('Validate a email');
  });

  it('is opened with its items when it has nothing else', async () => {
    const filling = await OfflineCache.open({ path });
    await filling.migrate(items);
    await filling.close();
    await withLevel((level) => level.del('meta'));
    await writtenAsFormat3();
    expect(await (await opened()).items()).toEqual(items);
  });

  it('keeps all its items wherever the change to the present format is interrupted', async () => {
    await fill();
    await writtenAsFormat3();
    let steps = 0;
    for (let interrupted = true; interrupted; ) {
      let left = steps++;
      const step = async (run: () => Promise<void>) => {
        if (left-- === 0) throw new Error('No space left on device');
        await run();
      };
      const offline = OfflineCache.open({ path }, async (where) => {
        const rows = await openLevelRows(where);
        return {
          ...rows,
          write: (changes) => step(() => rows.write(changes)),
          async clear({ except }) {
            await step(() => rows.clear({ except: [...except, 'scope/'] }));
            await step(() => rows.clear({ except }));
          },
        };
      });
      interrupted = await offline.then(
        () => false,
        () => true,
      );
      if (!interrupted) await (await offline).close();
    }
    expect(steps).toBe(4);
    const offline = await opened();
    expect(await offline.items()).toEqual(items);
    expect(offline).toMatchObject({ sequence: 0, damages: [] });
    expect(await readdir(folder)).toEqual(['memory']);
  });

  it('is put aside when one of its items is damaged, and not for what is folded again anyway', async () => {
    await fill();
    await writtenAsFormat3();
    await withLevel((level) => level.put('graph/t/0', '00000000\n{}'));
    await (await opened()).close();
    expect(await readdir(folder)).toEqual(['memory']);
    await writtenAsFormat3();
    await withLevel((level) => level.put('item/plan', '00000000\n{}'));
    const offline = await opened();
    expect(offline.damages).toMatchObject([{ keptAt: `${path}.damaged-1` }]);
    expect(await offline.items()).toEqual([]);
  });
});
