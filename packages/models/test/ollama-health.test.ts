import { expect, it } from 'vitest';
import { ollamaHealth, ollamaLanguageModel } from '../src/ollama/index.ts';
import { answering, failure, standIn, user } from './stand-in-scene.ts';

it('says version, what is there with its window, and what is missing', async () => {
  const server = await standIn([]);
  const models = ['qwen3:8b', 'nomic-embed-text', 'llama9:70b'];
  expect(await ollamaHealth({ host: server.url, models })).toEqual({
    reachable: true,
    host: server.url,
    version: '0.0.0-stand-in',
    standIn: true,
    installed: expect.arrayContaining(['qwen3:8b', 'mistral:7b', 'nomic-embed-text:latest']),
    present: [
      { id: 'qwen3:8b', contextWindow: 40_960, capabilities: ['completion', 'thinking'] },
      { id: 'nomic-embed-text', contextWindow: 2_048, capabilities: ['embedding'] },
    ],
    missing: ['llama9:70b'],
  });
});

it('that nobody answers is an answer, with the address', async () => {
  const server = await standIn([]);
  await server.close();
  const health = await ollamaHealth({ host: server.url });
  expect(health).toMatchObject({ reachable: false, error: { code: 'OLLAMA_UNAVAILABLE' } });
  expect(health.reachable ? '' : health.error.message).toContain(server.url);
});

it('that something else listens there is an answer', async () => {
  const server = await standIn([]);
  const health = await ollamaHealth({ host: `${server.url}/elsewhere` });
  expect(health).toMatchObject({ reachable: false, error: { code: 'RESPONSE_MALFORMED' } });
});

it('does not wait behind a running answer', async () => {
  const server = await standIn([answering('Yes.')]);
  server.fault({ kind: 'stall' });
  const stop = new AbortController();
  const model = ollamaLanguageModel({ host: server.url, model: 'qwen3:8b' });
  const running = failure(
    model.generate({ messages: user('?'), maxTokens: 9 }, { signal: stop.signal }),
  );
  expect((await ollamaHealth({ host: server.url })).reachable).toBe(true);
  stop.abort(new Error('enough'));
  await running;
});

it('rejects only with the reason of its signal', async () => {
  const server = await standIn([]);
  const reason = new Error('shutting down');
  const asked = ollamaHealth({ host: server.url, signal: AbortSignal.abort(reason) });
  expect(await failure(asked)).toBe(reason);
});
