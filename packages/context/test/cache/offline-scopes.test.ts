import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codingEvents, createMemoryEventStore } from '@org/events';
import { hashEmbeddingModel } from '@org/models/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedRowError } from '../../src/cache/offline/storage/damage.ts';
import { openLevelRows } from '../../src/cache/offline/storage/row-store.ts';
import { NetworkedCache, OfflineCache } from '../../src/index.ts';

let folder = '';
const open: OfflineCache[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offline-scopes-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close()));
  await rm(folder, { recursive: true, force: true });
});

let folders = 0;
async function openCache(
  options: Partial<Parameters<typeof OfflineCache.open>[0]> = {},
  rows?: Parameters<typeof OfflineCache.open>[1],
): Promise<OfflineCache> {
  folders += 1;
  const path = join(folder, `memory-${folders}`);
  const cache = await OfflineCache.open({ path, ...options }, rows);
  open.push(cache);
  return cache;
}

/** A task's graph: what it is about, and something else that says the same. */
function about(summary: string, sequence = 0): NetworkedCache {
  const cache = new NetworkedCache();
  cache.addNode({ id: 'task:t', type: 'task', name: 't', summary, sequence });
  cache.addNode({ id: 'concept:other', type: 'concept', name: 'other', summary });
  return cache;
}

const saveAll = (cache: OfflineCache, tasks: Readonly<Record<string, string>>) =>
  cache.saveAll(Object.entries(tasks).map(([scope, text]) => ({ scope, cache: about(text) })));

const tasksFor = async (cache: OfflineCache, query: string, limit = 1_000) => {
  const { hits } = await cache.searchSemantic(query, { types: ['task'], limit });
  return hits.map(({ scope, node, score }) => ({ scope, id: node.id, score }));
};

/** LevelDB that counts the rows it was asked for. */
function counting() {
  let rowsRead = 0;
  return {
    read: () => rowsRead,
    open: async (path: string) => {
      const rows = await openLevelRows(path);
      return {
        ...rows,
        get: (key: string) => {
          rowsRead += 1;
          return rows.get(key);
        },
        getMany: (keys: readonly string[]) => {
          rowsRead += keys.length;
          return rows.getMany(keys);
        },
        under: async (...given: Parameters<typeof rows.under>) => {
          const found = await rows.under(...given);
          rowsRead += found.length;
          return found;
        },
      };
    },
  };
}

describe('an OfflineCache of many tasks', () => {
  it('is opened, and asked for similar tasks, by reading as many rows as one of few', async () => {
    const read = [];
    for (const others of [10, 400]) {
      const path = join(folder, `of-${others}`);
      const filling = await OfflineCache.open({ path });
      await saveAll(filling, { chess: 'Draw a chess board', mail: 'Validate an email' });
      await saveAll(
        filling,
        Object.fromEntries(Array.from({ length: others }, (_, n) => [`t${n}`, `Unlike ${n}`])),
      );
      await filling.close();
      const rows = counting();
      const cache = await openCache({ path }, rows.open);
      const atOpen = rows.read();
      const items = await cache.recall({
        taskId: 'x',
        text: 'An email validator',
        failureSignature: null,
        limit: 3,
      });
      expect(items.map(({ ref }) => ref)).toEqual(['task:mail']);
      read.push([atOpen, rows.read()]);
    }
    expect(read[0]).toEqual([1, expect.any(Number)]);
    expect(read[1]).toEqual(read[0]);
  });

  it('keeps little of them in memory, and gives each of them all the same', async () => {
    const cache = await openCache();
    const names = Array.from({ length: 200 }, (_, n) => `t${n}`);
    await saveAll(cache, Object.fromEntries(names.map((name) => [name, `About ${name}`])));
    await saveAll(cache, { t0: 'About something else' });
    for (const name of names) {
      const task = (await cache.load(name)).getNode('task:t');
      expect(task?.summary).toBe(name === 't0' ? 'About something else' : `About ${name}`);
    }
    expect(await cache.scopes()).toEqual(names.toSorted());
  });

  it('finds tasks after any saves and deletions as one that was filled with what is left', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd/é');
    const text = fc
      .array(fc.constantFrom('email', 'phone', 'validator', 'chess'), { maxLength: 5 })
      .map((words) => words.join(' '));
    const changes = fc.array(fc.record({ name, text: fc.option(text) }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(changes, async (all) => {
        const [changed, fresh] = [await openCache(), await openCache()];
        const left: Record<string, string> = {};
        for (const { name: scope, text: summary } of all) {
          if (summary === null) {
            await changed.delete(scope);
            delete left[scope];
          } else {
            await saveAll(changed, { [scope]: summary });
            left[scope] = summary;
          }
        }
        await saveAll(fresh, left);
        for (const query of ['email', 'chess phone', 'validator of email and phone', 't'])
          expect(await tasksFor(changed, query)).toEqual(await tasksFor(fresh, query));
      }),
      { numRuns: 25 },
    );
  });

  it('ranks by all words of a query, also where one of them is in more tasks than are read', async () => {
    const cache = await openCache();
    const many = Array.from({ length: 1_050 }, (_, n) => [`t${n}`, 'Build a validator'] as const);
    await saveAll(cache, {
      ...Object.fromEntries(many),
      'zz-1': 'Draw a chess picture of the board',
      'zz-2': 'Build a chess validator for the board',
    });
    const found = await tasksFor(cache, 'chess validator', 2);
    expect(found.map(({ scope }) => scope)).toEqual(['zz-2', 'zz-1']);
  });

  it('finds tasks by meaning, and makes up for vectors that a failing model left out', async () => {
    let failing = true;
    const real = hashEmbeddingModel();
    const cache = await openCache({
      embeddings: {
        ...real,
        embed: (...given: Parameters<typeof real.embed>) =>
          failing ? Promise.reject(new Error('no Ollama')) : real.embed(...given),
      },
    });
    await saveAll(cache, { mail: 'Validate an email address', chess: 'Draw a chess board' });
    const poor = await cache.searchSemantic('email', { types: ['task'] });
    expect(poor).toMatchObject({ mode: 'keyword', embeddingError: { message: 'no Ollama' } });
    failing = false;
    const rich = await cache.searchSemantic('Validate an email address', { types: ['task'] });
    expect(rich.mode).toBe('hybrid');
    expect(rich.hits.map(({ scope, node }) => [scope, node.id])).toEqual([['mail', 'task:t']]);
    await cache.delete('mail');
    expect(await tasksFor(cache, 'Validate an email address')).toEqual([]);
  });

  it('folds everything again when what was stored turns out to be damaged while it follows the log', async () => {
    const log = createMemoryEventStore(codingEvents);
    const create = (taskId: string, prompt: string) =>
      log.append(taskId, [
        { eventType: 'TASK_CREATED', data: { prompt } },
        { eventType: 'TASK_FAILED', data: { reason: 'test', message: 'made for a test' } },
      ]);
    let damaged = '';
    const cache = await openCache({}, async (path) => {
      const rows = await openLevelRows(path);
      return {
        ...rows,
        get: (key) => {
          if (!key.includes(damaged) || damaged === '') return rows.get(key);
          damaged = '';
          return Promise.reject(new DamagedRowError(key));
        },
      };
    });
    await create('task-1', 'Draw a chess board');
    const stop = new AbortController();
    const following = cache.follow(log, { signal: stop.signal });
    await expect.poll(() => cache.sequence).toBe(2);
    damaged = 'scope/task-2';
    await create('task-2', 'Validate an email');
    await expect.poll(() => cache.sequence).toBe(4);
    stop.abort();
    await following;
    expect(cache.damages).toHaveLength(1);
    expect(await cache.scopes()).toEqual(['task-1', 'task-2']);
    expect((await tasksFor(cache, 'chess')).map(({ scope }) => scope)).toEqual(['task-1']);
  });
});
