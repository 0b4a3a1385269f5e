import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isModelError } from '../src/index.ts';
import { ollamaEmbeddingModel } from '../src/ollama/index.ts';
import { failure, standIn } from './stand-in-scene.ts';

const noRetry = { retry: { forMs: 0 } };
const model = 'nomic-embed-text';

describe('ollamaEmbeddingModel', () => {
  it('asks in batches and keeps the order', async () => {
    const server = await standIn([]);
    const texts = Array.from({ length: 70 }, (_, index) => `text number ${index}`);
    const embed = ollamaEmbeddingModel({ host: server.url, model });
    const vectors = await embed.embed(texts);
    expect(vectors).toHaveLength(70);
    expect(
      server.requests('/api/embed').map(({ body }) => (body as { input: string[] }).input.length),
    ).toEqual([32, 32, 6]);
    const [alone] = await embed.embed(['text number 69']);
    expect(vectors[69]).toEqual(alone);
  });

  it('sends one fixed window', async () => {
    const server = await standIn([]);
    await ollamaEmbeddingModel({ host: server.url, model }).embed(['a']);
    expect(server.requests('/api/embed')[0]?.body).toMatchObject({
      keep_alive: '30m',
      options: { num_ctx: 2_048 },
    });
  });

  it('knows the dimension after the first answer, and refuses another one', async () => {
    const server = await standIn([]);
    const free = ollamaEmbeddingModel({ host: server.url, model });
    expect(free.dimension).toBeNull();
    await free.embed(['a']);
    expect(free.dimension).toBe(64);
    const bound = ollamaEmbeddingModel({ host: server.url, model, dimension: 768 });
    expect(await failure(bound.embed(['a']))).toMatchObject({
      code: 'EMBEDDING_MISMATCH',
      expected: '768 dimensions',
      actual: '64',
    });
  });

  it.each([
    ['another model', { model: 'other', embeddings: [[1, 0]] }, 'EMBEDDING_MISMATCH'],
    ['too few vectors', { model, embeddings: [] }, 'RESPONSE_MALFORMED'],
    ['an empty vector', { model, embeddings: [[]] }, 'EMBEDDING_MISMATCH'],
    ['no vectors', { model }, 'RESPONSE_MALFORMED'],
    ['numbers that are none', { model, embeddings: [[null]] }, 'RESPONSE_MALFORMED'],
  ])('refuses an answer with %s', async (_, answer, code) => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => server.close().closeAllConnections());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const error = await failure(
      ollamaEmbeddingModel({ host: `127.0.0.1:${port}`, model, ...noRetry }).embed(['a']),
    );
    expect(isModelError(error) && error.code).toBe(code);
  });

  it('embeds the beginning of a text that is too long, or refuses it, as asked', async () => {
    const server = await standIn([]);
    const long = 'word '.repeat(5_000);
    expect(await ollamaEmbeddingModel({ host: server.url, model }).embed([long])).toHaveLength(1);
    const strict = ollamaEmbeddingModel({ host: server.url, model, truncate: false });
    expect(await failure(strict.embed([long]))).toMatchObject({
      code: 'PROMPT_TOO_LONG',
      refusedBy: 'host',
    });
  });

  it('says which model to pull, and retries what is transient', async () => {
    const server = await standIn([]);
    const error = await failure(
      ollamaEmbeddingModel({ host: server.url, model: 'nope' }).embed(['a']),
    );
    expect(String(error)).toContain('ollama pull nope');
    server.fault({ kind: 'busy' }, { path: '/api/embed' });
    server.fault({ kind: 'reset' }, { path: '/api/embed' });
    const embed = ollamaEmbeddingModel({ host: server.url, model, sleep: async () => {} });
    expect(await embed.embed(['a'])).toHaveLength(1);
  });

  it('stops between batches when aborted', async () => {
    const server = await standIn([]);
    const stop = new AbortController();
    const embed = ollamaEmbeddingModel({ host: server.url, model, batchSize: 1 });
    const failed = failure(embed.embed(['a', 'b', 'c'], { signal: stop.signal }));
    stop.abort(new Error('enough'));
    expect(await failed).toEqual(new Error('enough'));
    expect(server.requests('/api/embed').length).toBeLessThan(2);
  });
});
