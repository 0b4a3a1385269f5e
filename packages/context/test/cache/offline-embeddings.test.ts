import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddingModel } from '@org/models';
import { ollamaEmbeddingModel } from '@org/models/ollama';
import { hashEmbeddingModel, type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { NetworkedCache, OfflineCache } from '../../src/index.ts';

const nomic = 'nomic-embed-text';
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offline-embeddings-'));
  path = join(folder, 'memory');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A server with embedding models; texts get hashed vectors unless some are given. */
async function ollama(
  models: Readonly<Record<string, number>> = { [nomic]: 64 },
  vectors: readonly { readonly text: string; readonly vector: number[] }[] = [],
  port = 0,
): Promise<OllamaStandIn> {
  const server = await startOllamaStandIn({
    port,
    script: {
      format: 'ollama-script',
      version: 1,
      models: Object.entries(models).map(([name, embeddingLength]) => ({ name, embeddingLength })),
      embeddings: vectors.map((one) => ({ model: nomic, ...one })),
    },
  });
  onTestFinished(() => server.close());
  return server;
}

async function opened(embeddings: EmbeddingModel): Promise<OfflineCache> {
  const cache = await OfflineCache.open({ path, embeddings });
  onTestFinished(() => cache.close());
  return cache;
}

const model = (server: OllamaStandIn, name = nomic) =>
  ollamaEmbeddingModel({ host: server.url, model: name, retry: { forMs: 0 } });

const ids = (answer: { readonly hits: readonly { readonly node: { readonly id: string } }[] }) =>
  answer.hits.map(({ node }) => node.id);

/** Every text that a server was asked to embed. */
const embedded = (server: OllamaStandIn) =>
  server.requests('/api/embed').flatMap(({ body }) => (body as { input: string[] }).input);

const names = ['validate_email', 'send_email', 'validate_phone', 'open_window', 'draw_board'];

function functions(): NetworkedCache {
  const cache = new NetworkedCache();
  for (const name of names)
    cache.addNode({ id: `func:${name}`, type: 'function', signature: `def ${name}(value)` });
  return cache;
}

describe('OfflineCache with embeddings of Ollama', () => {
  it('finds by words and meaning together, and nothing that shares neither', async () => {
    const server = await ollama();
    const offline = await opened(model(server));
    await offline.save(functions(), { scope: 't' });
    const answer = await offline.searchSemantic('email validation');
    expect(answer).toMatchObject({ mode: 'hybrid', embeddingError: null });
    expect(ids(answer)[0]).toBe('func:validate_email');
    expect(ids(answer)).not.toContain('func:open_window');
    expect(embedded(server)).toHaveLength(names.length + 1);
  });

  it('finds by meaning alone what shares no word with the query', async () => {
    const unit = (at: number) => Array.from({ length: 8 }, (_, i) => (i === at ? 1 : 0));
    const close = [0.9, 0, 0, Math.sqrt(1 - 0.81), 0, 0, 0, 0];
    const server = await ollama({ [nomic]: 8 }, [
      { text: 'let fresh air inside', vector: unit(0) },
      { text: 'open_window def open_window(value) ', vector: close },
      ...names
        .filter((name) => name !== 'open_window')
        .map((name) => ({ text: `${name} def ${name}(value) `, vector: unit(2) })),
    ]);
    const offline = await opened(model(server));
    const cache = new NetworkedCache();
    for (const name of names)
      cache.addNode({
        id: `func:${name}`,
        type: 'function',
        name,
        signature: `def ${name}(value)`,
      });
    await offline.save(cache, { scope: 't' });
    const answer = await offline.searchSemantic('let fresh air inside');
    expect(answer.mode).toBe('semantic');
    expect(ids(answer)).toEqual(['func:open_window']);
    expect(
      (await offline.searchSemantic('let fresh air inside', { types: ['task'] })).hits,
    ).toEqual([]);
    expect((await offline.searchSemantic('let fresh air inside', { scope: 'x' })).hits).toEqual([]);
  });

  it('goes by words while the server is away, says so, and by both when it is back', async () => {
    const first = await ollama();
    const offline = await opened(model(first));
    await offline.save(functions(), { scope: 't' });
    expect((await offline.searchSemantic('email validation')).mode).toBe('hybrid');

    await first.close();
    const poor = await offline.searchSemantic('email validation');
    expect(poor).toMatchObject({ mode: 'keyword', embeddingError: { code: 'OLLAMA_UNAVAILABLE' } });
    expect(ids(poor)[0]).toBe('func:validate_email');
    const changed = functions();
    changed.addNode({ id: 'func:close_door', type: 'function', signature: 'def close_door()' });
    await offline.save(changed, { scope: 't' });
    expect(ids(await offline.searchSemantic('door'))).toEqual(['func:close_door']);

    const second = await ollama({ [nomic]: 64 }, [], first.port);
    const rich = await offline.searchSemantic('email validation');
    expect(rich).toMatchObject({ mode: 'hybrid', embeddingError: null });
    // Of what was stored before, nothing is embedded again.
    expect(embedded(second)).toHaveLength(2);
    expect(embedded(second)).toContainEqual(expect.stringContaining('close_door'));
  });

  it('keeps the vectors that were made before the model failed in the middle', async () => {
    const server = await ollama();
    const real = model(server);
    let calls = 0;
    const offline = await opened({
      id: real.id,
      get dimension() {
        return real.dimension;
      },
      embed(texts, options) {
        calls += 1;
        if (calls === 2) server.fault({ kind: 'server-error' }, { path: '/api/embed' });
        return real.embed(texts, options);
      },
    });
    const cache = new NetworkedCache();
    for (let i = 0; i < 150; i++)
      cache.addNode({ id: `func:case_${i}`, type: 'function', signature: `def case_${i}()` });
    await offline.save(cache, { scope: 't' });
    const before = embedded(server).length;
    const answer = await offline.searchSemantic('case_149');
    expect(answer).toMatchObject({ mode: 'hybrid', embeddingError: null });
    expect(ids(answer)[0]).toBe('func:case_149');
    // One request of 64 texts had gone well.
    expect(embedded(server).length - before).toBe(1 + 150 - 64);
  });

  it('stops when it is aborted while the server is silent', async () => {
    const asked = Promise.withResolvers<void>();
    const silent = createServer(() => asked.resolve());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => silent.close().closeAllConnections());
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const offline = await opened(ollamaEmbeddingModel({ host: `127.0.0.1:${port}`, model: nomic }));
    const stop = new AbortController();
    const searching = offline.searchSemantic('email', { signal: stop.signal });
    await asked.promise;
    stop.abort(new Error('enough'));
    await expect(searching).rejects.toThrow('enough');
  });

  it('makes all vectors anew for a model of another name', async () => {
    const server = await ollama({ [nomic]: 64, 'other-embed': 64 });
    const first = await opened(model(server));
    await first.save(functions(), { scope: 'one' });
    await first.save(functions(), { scope: 'two' });
    await first.close();
    const before = embedded(server).length;

    // One of two tasks is stored anew: the other one's vectors are still those of the first model.
    const second = await opened(model(server, 'other-embed'));
    await second.save(functions(), { scope: 'two' });
    expect(embedded(server)).toHaveLength(before + names.length);
    const answer = await second.searchSemantic('email validation');
    expect(answer.mode).toBe('hybrid');
    expect(embedded(server)).toHaveLength(before + 2 * names.length + 1);
    await second.searchSemantic('email validation');
    expect(embedded(server)).toHaveLength(before + 2 * names.length + 2);
  });

  it('makes all vectors anew when the model of this name has another dimension now', async () => {
    const small = await ollama({ [nomic]: 64 });
    const first = await opened(model(small));
    await first.save(functions(), { scope: 't' });
    await first.close();

    const large = await ollama({ [nomic]: 96 });
    const searching = await opened(model(large));
    const query = 'zzz validate_email';
    const answer = await searching.searchSemantic(query, { scope: 't' });
    expect(answer).toMatchObject({ mode: 'hybrid', embeddingError: null });
    expect(embedded(large)).toHaveLength(1 + names.length);
    await searching.close();

    // The same when a graph is stored before anything was asked.
    const saving = await opened(model(small));
    const changed = functions();
    changed.addNode({ id: 'func:close_door', type: 'function', signature: 'def close_door()' });
    const before = embedded(small).length;
    await saving.save(changed, { scope: 't' });
    expect(new Set(embedded(small).slice(before)).size).toBe(names.length + 1);
    await saving.searchSemantic(query);
    expect(embedded(small)).toHaveLength(before + names.length + 1 + 1);
  });

  it('leaves a graph alone that was replaced while its missing vectors were made', async () => {
    let failing = true;
    const entered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const real = hashEmbeddingModel();
    let gated = false;
    const embeddings: EmbeddingModel = {
      id: real.id,
      dimension: real.dimension,
      async embed(texts, options) {
        if (failing) throw new Error('no Ollama');
        // The query is one text, what is missing are several.
        if (texts.length > 1 && !gated) {
          gated = true;
          entered.resolve();
          await gate.promise;
        }
        return real.embed(texts, options);
      },
    };
    const offline = await opened(embeddings);
    await offline.save(functions(), { scope: 't' });
    failing = false;
    const searching = offline.searchSemantic('email');
    await entered.promise;
    const newer = functions();
    newer.addNode({ id: 'func:close_door', type: 'function' });
    await offline.save(newer, { scope: 't' });
    gate.resolve();
    expect((await searching).mode).toBe('hybrid');
    expect((await offline.load('t')).export()).toEqual(newer.export());
  });
});
