import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codingEvents, createMemoryEventStore, type NewEvent } from '@org/events';
import { hashEmbeddingModel } from '@org/models/testing';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLevelRows } from '../../src/cache/offline/storage/row-store.ts';
import {
  EventSourcedCache,
  NetworkedCache,
  OfflineCache,
  type OfflineCacheDamagedError,
  OnlineCache,
} from '../../src/index.ts';
import { CodingLog, validators, validatorTask } from '../rebuild/coding-log.ts';

let folder = '';
let path = '';
const open: OfflineCache[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offline-cache-'));
  path = join(folder, 'memory');
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close()));
  await rm(folder, { recursive: true, force: true });
});

async function opened(
  options: Partial<Parameters<typeof OfflineCache.open>[0]> = {},
  rows?: Parameters<typeof OfflineCache.open>[1],
): Promise<OfflineCache> {
  const cache = await OfflineCache.open({ path, ...options }, rows);
  open.push(cache);
  return cache;
}

const bytes = (cache: NetworkedCache) => JSON.stringify(cache.export());
const ids = (answer: { readonly hits: readonly { readonly node: { readonly id: string } }[] }) =>
  answer.hits.map(({ node }) => node.id);

function someFunctions(): NetworkedCache {
  const cache = new NetworkedCache();
  for (const name of ['validate_email', 'send_email', 'validate_phone', 'open_window', 'toString'])
    cache.addNode({
      id: `func:${name}`,
      type: 'function',
      signature: `def ${name}(value)`,
      dependencies: name === 'send_email' ? ['func:validate_email', 'lib:smtplib'] : [],
    });
  return cache;
}

/** The files of the newest table and log, which hold what was written. */
async function dataFiles(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files.filter((file) => /\.(ldb|log)$/.test(file)).map((file) => join(directory, file));
}

describe('OfflineCache', () => {
  it('gate 3.10: save and load restore every node and edge', async () => {
    const cache = await new EventSourcedCache().rebuildCache(validatorTask().events);
    const first = await opened();
    await first.save(cache, { scope: 'task-abc123' });
    expect(bytes(await first.load('task-abc123'))).toBe(bytes(cache));
    await first.close();

    const second = await opened();
    expect(await second.scopes()).toEqual(['task-abc123']);
    expect(bytes(await second.load('task-abc123'))).toBe(bytes(cache));
  });

  it('gate 3.12: searchSemantic("email validation") finds validate_email first', async () => {
    for (const embeddings of [undefined, hashEmbeddingModel()]) {
      const offline = await opened({ path: `${path}-${embeddings?.id}`, embeddings });
      await offline.save(someFunctions(), { scope: 't' });
      const answer = await offline.searchSemantic('email validation');
      expect(ids(answer)[0]).toBe('func:validate_email');
      expect(answer.mode).toBe(embeddings === undefined ? 'keyword' : 'hybrid');
      expect(ids(answer)).not.toContain('func:open_window');
    }
  });

  it('gate 3.13: online → offline keeps all data', async () => {
    const online = new OnlineCache<{ readonly text: string } | string>({ budget: 1_000 });
    online.set('plan', { text: 'three modules' }, { tokens: 30, priority: 'CRITICAL' });
    online.set('a/b:c "d"\n', 'odd key', { tokens: 2, priority: 'LOW' });
    online.set('', 'no key', { tokens: 1 });
    const offline = await opened();
    await offline.migrate(online.entries());
    await offline.close();

    const items = await (await opened()).items();
    const plain = ({ key, value, tokens, priority }: (typeof items)[number]) => ({
      key,
      value,
      tokens,
      priority,
    });
    const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
    expect(items.map(plain).toSorted(byKey)).toEqual(
      [...online.entries()].map(plain).toSorted(byKey),
    );
  });

  describe('keeping graphs', () => {
    it('gives an empty graph for what is missing', async () => {
      const offline = await opened();
      expect((await offline.load('no')).size).toEqual({ nodes: 0, edges: 0, placeholders: 0 });
      expect((await offline.searchSemantic('x')).hits).toEqual([]);
    });

    it('keeps 10 000 nodes with their edges, under any scope name', async () => {
      const cache = new NetworkedCache();
      for (let i = 0; i < 10_000; i++)
        cache.addNode({
          id: `func:f${i}`,
          type: 'function',
          summary: `Handles case ${i}.`,
          dependencies: [`func:f${(i * 7) % 10_000}`],
        });
      const scope = 'a/b %2F \ud800 é';
      const offline = await opened();
      await offline.save(cache, { scope });
      await offline.close();
      const again = await opened();
      expect(await again.scopes()).toEqual([scope]);
      expect(bytes(await again.load(scope))).toBe(bytes(cache));
      expect(ids(await again.searchSemantic('case 4711', { limit: 1 }))).toEqual(['func:f4711']);
    });

    it('replaces a graph: what is gone is found no more', async () => {
      const offline = await opened();
      await offline.save(someFunctions(), { scope: 't' });
      const smaller = someFunctions();
      smaller.removeNode('func:open_window');
      await offline.save(smaller, { scope: 't' });
      expect((await offline.searchSemantic('window')).hits).toEqual([]);
      expect(bytes(await offline.load('t'))).toBe(bytes(smaller));
      await offline.delete('t');
      expect(await offline.scopes()).toEqual([]);
      expect((await offline.load('t')).size.nodes).toBe(0);
    });

    it('invariant 1: a failed save rejects and leaves the former graph, words and position', async () => {
      let broken = false;
      const offline = await opened({}, async (where) => {
        const rows = await openLevelRows(where);
        return {
          ...rows,
          write: (changes) =>
            broken ? Promise.reject(new Error('No space left on device')) : rows.write(changes),
        };
      });
      const before = someFunctions();
      await offline.saveAll([{ scope: 't', cache: before }], { sequence: 5 });
      broken = true;
      const changed = someFunctions();
      changed.addNode({ id: 'func:new_thing', type: 'function' });
      await expect(
        offline.saveAll([{ scope: 't', cache: changed }], { sequence: 9 }),
      ).rejects.toMatchObject({
        code: 'CACHE_SAVE_FAILED',
        cause: expect.objectContaining({ message: 'No space left on device' }),
      });
      expect(bytes(await offline.load('t'))).toBe(bytes(before));
      expect((await offline.searchSemantic('new thing')).hits).toEqual([]);
      expect(offline.sequence).toBe(5);
      broken = false;
      await offline.saveAll([{ scope: 't', cache: changed }], { sequence: 9 });
      expect(ids(await offline.searchSemantic('new thing'))).toEqual(['func:new_thing']);
    });

    it('invariant 4: reads and saves at the same time see whole graphs', async () => {
      const offline = await opened();
      const sizes = [3, 400, 20, 1_000];
      const graphs = sizes.map((size) => {
        const cache = new NetworkedCache();
        for (let i = 0; i < size; i++)
          cache.addNode({ id: `func:f${i}`, type: 'function', summary: `word of ${size}` });
        return cache;
      });
      const work = graphs.flatMap((cache) => [
        offline.save(cache, { scope: 't' }),
        offline.load('t').then(({ size }) => expect([0, ...sizes]).toContain(size.nodes)),
        offline.searchSemantic('word', { limit: 2_000 }).then(({ hits }) => {
          expect(new Set(hits.map(({ node }) => node.summary)).size).toBeLessThanOrEqual(1);
        }),
      ]);
      await Promise.all(work);
      expect(offline.damages).toEqual([]);
    });

    it('drops what was written in a former format, apart from what was migrated', async () => {
      const offline = await opened();
      await offline.saveAll([{ scope: 't', cache: someFunctions() }], { sequence: 7 });
      await offline.migrate([{ key: 'plan', value: 'kept', tokens: 3, priority: 'HIGH' }]);
      await offline.close();
      const rows = await openLevelRows(path);
      await rows.write([{ key: 'meta', value: '{"format":1,"sequence":7}' }]);
      await rows.close();
      const again = await opened();
      expect(again).toMatchObject({ sequence: 0, damages: [] });
      expect(await again.scopes()).toEqual([]);
      expect(await again.items()).toMatchObject([{ key: 'plan', value: 'kept' }]);
      await again.save(someFunctions(), { scope: 't' });
      expect(ids(await again.searchSemantic('window'))).toEqual(['func:open_window']);
    });

    it('keeps nodes, edges and texts under names that objects have too', async () => {
      const cache = new NetworkedCache();
      for (const id of ['constructor', 'hasOwnProperty', '7', 'a"b'])
        cache.addNode({ id, type: 'concept', summary: 'odd', dependencies: ['7', 'a"b'] });
      cache.setContent('constructor', 'text');
      const offline = await opened();
      await offline.save(cache, { scope: '__proto__' });
      expect(bytes(await offline.load('__proto__'))).toBe(bytes(cache));
      const { hits } = await offline.searchSemantic('odd');
      expect(hits.map(({ node }) => node)).toEqual(hits.map(({ node }) => cache.getNode(node.id)));
      expect(hits).toHaveLength(4);
    });

    it('refuses a folder that is open already, and everything once it is closed', async () => {
      const offline = await opened();
      await expect(OfflineCache.open({ path })).rejects.toMatchObject({
        code: 'CACHE_UNAVAILABLE',
      });
      await offline.save(someFunctions(), { scope: 't' });
      await offline.close();
      await offline.close();
      await expect(offline.load('t')).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
      await expect(offline.save(someFunctions(), { scope: 't' })).rejects.toMatchObject({
        code: 'CACHE_CLOSED',
      });
    });
  });

  describe('damage', () => {
    async function filled(): Promise<void> {
      const offline = await OfflineCache.open({ path });
      await offline.saveAll([{ scope: 't', cache: someFunctions() }], { sequence: 7 });
      await offline.close();
    }

    it('invariant 3: a row that was altered gives an empty graph, is reported, and its copy is kept', async () => {
      await filled();
      const raw = new ClassicLevel(path);
      const row = await raw.get('graph/t/0');
      await raw.put('graph/t/0', row?.replace('validate_email', 'validate_e-mail') ?? '');
      await raw.close();
      const reported: OfflineCacheDamagedError[] = [];
      const offline = await opened({ onDamage: (error) => reported.push(error) });
      expect((await offline.load('t')).size.nodes).toBe(0);
      expect(offline.sequence).toBe(0);
      expect(reported.concat(offline.damages)[0]).toMatchObject({ code: 'CACHE_DAMAGED', path });
      const keptAt = reported[0]?.keptAt ?? '';
      expect(await dataFiles(keptAt)).not.toEqual([]);
      // It goes on with an empty one.
      await offline.save(someFunctions(), { scope: 't' });
      expect((await offline.load('t')).size.nodes).toBe(5);
    });

    it('invariant 3: whatever byte of a file is wrong, there is the whole graph or none, and no error', async () => {
      const whole = bytes(someFunctions());
      const empty = bytes(new NetworkedCache());
      const seen = new Set<string>();
      for (let round = 0; round < 12; round++) {
        await rm(path, { recursive: true, force: true });
        await filled();
        // Opened once more, so that the log becomes a table.
        await (await OfflineCache.open({ path })).close();
        for (const file of await dataFiles(path)) {
          const content = await readFile(file);
          const at = Math.floor((content.length * (round + 0.5)) / 12);
          content[at] = (content[at] ?? 0) ^ 0x55;
          await writeFile(file, content);
        }
        const offline = await OfflineCache.open({ path });
        const graph = await offline.load('t');
        // A damaged table can lose its newest rows without a sign; then there is no such scope.
        expect([whole, empty.replace('"sequence":7', '"sequence":0')]).toContain(bytes(graph));
        seen.add(bytes(graph));
        await offline.searchSemantic('email');
        await offline.close();
      }
      expect(seen.size).toBe(2);
    });

    it('invariant 3: a folder that LevelDB refuses is put aside, one after the other', async () => {
      for (const number of [1, 2]) {
        await filled();
        await writeFile(join(path, 'CURRENT'), 'garbage');
        const offline = await OfflineCache.open({ path });
        expect(offline.damages).toMatchObject([{ keptAt: `${path}.damaged-${number}` }]);
        expect(await offline.scopes()).toEqual([]);
        await offline.close();
        await rm(path, { recursive: true });
      }
    });

    it.each([
      ['CURRENT names a manifest that is not there', 'MANIFEST-900002\n'],
      ['CURRENT names a path', 'garb/age\n'],
      ['CURRENT names the folder', '\n'],
      ['CURRENT is full of NUL bytes', '\0'.repeat(16)],
      ['CURRENT is full of NUL bytes up to its last line feed', `${'\0'.repeat(15)}\n`],
      ['CURRENT has NUL bytes in its name', 'MANI\0\0\0\0\n'],
      ['the manifest is gone', null],
    ])('invariant 3: a folder in which %s is put aside', async (_, current) => {
      await filled();
      if (current !== null) await writeFile(join(path, 'CURRENT'), current);
      else
        for (const file of await readdir(path))
          if (file.startsWith('MANIFEST')) await rm(join(path, file));
      const offline = await opened();
      expect(offline.damages).toMatchObject([{ keptAt: `${path}.damaged-1` }]);
      expect(offline.sequence).toBe(0);
      await offline.save(someFunctions(), { scope: 't' });
      expect((await offline.load('t')).size.nodes).toBe(5);
    });

    it('invariant 3: a folder that lost its CURRENT is put aside before LevelDB deletes its tables', async () => {
      await filled();
      await (await OfflineCache.open({ path })).close();
      const tables = (await readdir(path)).filter((file) => file.endsWith('.ldb'));
      expect(tables).not.toEqual([]);
      await rm(join(path, 'CURRENT'));
      const offline = await opened();
      expect(offline.damages).toMatchObject([{ keptAt: `${path}.damaged-1` }]);
      expect(await readdir(`${path}.damaged-1`)).toEqual(expect.arrayContaining(tables));
      await offline.save(someFunctions(), { scope: 't' });
      expect((await offline.load('t')).size.nodes).toBe(5);
    });

    it.each([0, 0.5])('invariant 3: a table cut to %f of its length is put aside', async (part) => {
      await filled();
      await (await OfflineCache.open({ path })).close();
      for (const file of await dataFiles(path))
        if (file.endsWith('.ldb')) await truncate(file, Math.floor((await stat(file)).size * part));
      const offline = await opened();
      expect((await offline.load('t')).size.nodes).toBe(0);
      expect(offline.damages).toMatchObject([{ keptAt: `${path}.damaged-1` }]);
      await offline.save(someFunctions(), { scope: 't' });
      expect((await offline.load('t')).size.nodes).toBe(5);
    });

    it('invariant 3: what is damaged is cleared like the rest, and a copy is kept', async () => {
      await filled();
      const raw = new ClassicLevel(path);
      await raw.put('graph/t/0', 'garbage');
      await raw.close();
      const offline = await opened();
      await offline.clear();
      expect(offline.damages).toMatchObject([{ keptAt: `${path}.damaged-1` }]);
      expect(await offline.scopes()).toEqual([]);
    });

    it('a path that is a file is an error, and stays', async () => {
      await writeFile(path, 'a file');
      await expect(OfflineCache.open({ path })).rejects.toMatchObject({
        code: 'CACHE_UNAVAILABLE',
      });
      expect(await readdir(folder)).toEqual(['memory']);
    });

    it('a log of LevelDB that was cut short loses no more than its end, and is caught up', async () => {
      const log = createMemoryEventStore(codingEvents);
      await log.append('task-abc123', newEvents(validatorTask()));
      const offline = await OfflineCache.open({ path });
      await offline.catchUp(log);
      const whole = bytes(await offline.load('task-abc123'));
      await offline.close();
      for (const file of await dataFiles(path))
        if (file.endsWith('.log')) await truncate(file, 100);
      const again = await opened();
      await again.catchUp(log);
      expect(bytes(await again.load('task-abc123'))).toBe(whole);
      expect(again.sequence).toBe(19);
    });
  });

  describe('search', () => {
    it('ranks over all tasks together, or in one', async () => {
      const offline = await opened();
      await offline.save(someFunctions(), { scope: 'one' });
      const other = new NetworkedCache();
      other.addNode({ id: 'func:email', type: 'function', signature: 'def email()' });
      await offline.save(other, { scope: 'two' });
      expect(ids(await offline.searchSemantic('email'))).toHaveLength(3);
      const inOne = await offline.searchSemantic('email', { scope: 'one' });
      expect(new Set(inOne.hits.map(({ scope }) => scope))).toEqual(new Set(['one']));
      expect((await offline.searchSemantic('email', { types: ['task'] })).hits).toEqual([]);
      expect(ids(await offline.searchSemantic('email', { limit: 1 }))).toHaveLength(1);
    });

    it('gives whole nodes, and takes `toString` and `constructor` for words', async () => {
      const offline = await opened();
      await offline.save(someFunctions(), { scope: 't' });
      const answer = await offline.searchSemantic('smtp send_email');
      expect(answer.hits[0]?.node).toEqual(someFunctions().getNode('func:send_email'));
      expect(ids(await offline.searchSemantic('toString'))[0]).toBe('func:toString');
      expect((await offline.searchSemantic('constructor')).hits).toEqual([]);
    });

    it('goes by words alone when the embedding model fails, says so, and makes up for it later', async () => {
      let failing = true;
      const real = hashEmbeddingModel();
      const embeddings = {
        ...real,
        embed: (...given: Parameters<typeof real.embed>) =>
          failing ? Promise.reject(new Error('no Ollama')) : real.embed(...given),
      };
      const offline = await opened({ embeddings });
      await offline.save(someFunctions(), { scope: 't' });
      const poor = await offline.searchSemantic('email validation');
      expect(poor).toMatchObject({ mode: 'keyword', embeddingError: { message: 'no Ollama' } });
      expect(ids(poor)[0]).toBe('func:validate_email');
      failing = false;
      const rich = await offline.searchSemantic('email validation');
      expect(rich).toMatchObject({ mode: 'hybrid', embeddingError: null });
    });

    it('embeds only what changed, and anew for another model', async () => {
      const asked: string[] = [];
      const counting = (id: string, dimension: number) => {
        const real = hashEmbeddingModel({ id, dimension });
        return {
          ...real,
          embed: (...given: Parameters<typeof real.embed>) => {
            asked.push(...given[0]);
            return real.embed(...given);
          },
        };
      };
      const first = await opened({ embeddings: counting('one', 64) });
      await first.save(someFunctions(), { scope: 't' });
      expect(asked).toHaveLength(5);
      const changed = someFunctions();
      changed.addNode({ id: 'func:open_window', type: 'function', summary: 'Lets air in.' });
      await first.save(changed, { scope: 't' });
      expect(asked).toHaveLength(6);
      await first.close();

      const same = await opened({ embeddings: counting('one', 64) });
      await same.searchSemantic('email validation');
      expect(asked).toHaveLength(7);
      await same.close();

      const other = await opened({ embeddings: counting('two', 32) });
      const answer = await other.searchSemantic('email validation');
      expect(asked).toHaveLength(7 + 5 + 1);
      expect(answer.mode).toBe('hybrid');
      expect(ids(answer)).toContain('func:validate_email');
      await other.searchSemantic('email');
      expect(asked).toHaveLength(7 + 5 + 2);
    });

    it('ranks nodes by how much depends on them', async () => {
      const offline = await opened();
      const cache = new NetworkedCache();
      for (const id of ['a', 'b', 'c'])
        cache.addNode({ id: `func:${id}`, type: 'function', dependencies: ['func:hub'] });
      cache.addNode({ id: 'func:hub', type: 'function' });
      await offline.save(cache, { scope: 't' });
      expect((await offline.rank('t', { limit: 1 })).map(({ node }) => node.id)).toEqual([
        'func:hub',
      ]);
    });
  });

  describe('following the log', () => {
    it('invariant 2: catches up, goes on where it stopped, and is the same as a rebuild', async () => {
      const log = createMemoryEventStore(codingEvents);
      const task = newEvents(validatorTask());
      await log.append('task-abc123', task.slice(0, 9));
      await log.append('task-2', newEvents(validatorTask()).slice(0, 6));
      const first = await opened();
      await first.catchUp(log);
      expect(first.sequence).toBe(15);
      await first.close();

      await log.append('task-abc123', task.slice(9));
      const second = await opened();
      expect(second.sequence).toBe(15);
      await second.catchUp(log);
      expect(second.sequence).toBe(25);
      const rebuilt = await new EventSourcedCache({ store: log }).rebuildCache('task-abc123');
      expect(bytes(await second.load('task-abc123'))).toBe(bytes(rebuilt));
    });

    it('stays until it is told to stop, and stores what a finished module taught', async () => {
      const log = createMemoryEventStore(codingEvents);
      const offline = await opened();
      const stop = new AbortController();
      const following = offline.follow(log, { signal: stop.signal });
      await log.append('task-abc123', newEvents(validatorTask()).slice(0, 14));
      await expect.poll(() => offline.sequence).toBe(14);
      expect(ids(await offline.searchSemantic('email'))).toContain('func:validate_email');
      stop.abort();
      await following;
    });

    it('starts again when the log is another one', async () => {
      const log = createMemoryEventStore(codingEvents);
      await log.append('task-abc123', newEvents(validatorTask()));
      const offline = await opened();
      await offline.catchUp(log);
      const shorter = createMemoryEventStore(codingEvents);
      await shorter.append('task-new', newEvents(validatorTask()).slice(0, 3));
      await offline.catchUp(shorter);
      expect(await offline.scopes()).toEqual(['task-new']);
      expect(offline.sequence).toBe(3);
    });
  });

  describe('recall', () => {
    async function withTasks(): Promise<OfflineCache> {
      const offline = await opened();
      const source = new EventSourcedCache();
      const solved = await source.rebuildCache(validatorTask().events);
      await offline.save(solved, { scope: 'task-abc123' });
      const other = new CodingLog('task-2');
      other.add('TASK_CREATED', { prompt: 'Draw a chess board' });
      await offline.save(await source.rebuildCache(other.events), { scope: 'task-2' });
      return offline;
    }

    it('finds past solutions of similar tasks', async () => {
      const offline = await withTasks();
      const items = await offline.recall({
        taskId: 'task-3',
        text: 'Write a validator for phone numbers',
        failureSignature: null,
        limit: 3,
      });
      expect(items.map(({ ref }) => ref)).toEqual(['task:task-abc123']);
      expect(items[0]?.text).toContain('def validate_phone(phone: str) -> bool');
    });

    it('finds past corrections of the same failure, with what was changed', async () => {
      const offline = await withTasks();
      const query = { text: 'x', failureSignature: 'test_email_valid', limit: 2 };
      const items = await offline.recall({ ...query, taskId: 'task-3' });
      expect(items).toMatchObject([
        { ref: 'correction:task-abc123/correction-9', kind: 'correction' },
      ]);
      expect(items[0]?.text).toContain('-     return re.match(r"@", email) is not None');
      expect(items[0]?.text).toContain('+     return re.match(r".+@.+", email) is not None');
      expect(validators).toContain('.+@.+');
    });

    it("leaves out the asking task's own work, and finds nothing for nothing", async () => {
      const offline = await withTasks();
      const own = await offline.recall({
        taskId: 'task-abc123',
        text: 'validator',
        failureSignature: 'test_email_valid',
        limit: 5,
      });
      expect(own).toEqual([]);
      expect(
        await offline.recall({ taskId: 'x', text: '', failureSignature: 'no', limit: 5 }),
      ).toEqual([]);
    });
  });
});

function newEvents(log: CodingLog): NewEvent[] {
  return log.events.map(({ eventType, data }) => ({ eventType, data }) as NewEvent);
}
