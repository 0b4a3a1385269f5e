import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ollama } from 'ollama';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { defineSignature, predict } from '../src/index.ts';
import { ollamaEmbeddingModel, ollamaHealth, ollamaLanguageModel } from '../src/ollama/index.ts';
import { type StandInRule, startOllamaRecorder, startOllamaStandIn } from '../src/testing/index.ts';
import { answering, failure, standIn, user } from './stand-in-scene.ts';

async function recorderFor(rules: readonly StandInRule[]) {
  const target = await standIn(rules); // takes the place of the real one
  const recorder = await startOllamaRecorder({ target: target.url });
  onTestFinished(() => recorder.close());
  return { target, recorder };
}

async function replayed(script: Parameters<typeof startOllamaStandIn>[0]) {
  const server = await startOllamaStandIn(script);
  onTestFinished(() => server.close());
  return server;
}

const signature = defineSignature({
  name: 'plan',
  instructions: 'Plan it.',
  input: z.object({ task: z.string() }),
  output: z.object({ modules: z.array(z.string()) }),
});

it('a recorded session is answered the same without the model it came from', async () => {
  const { target, recorder } = await recorderFor([
    { when: { format: true, lastContains: ['validator'] }, answer: { text: '{"modules":' } },
    {
      when: { format: true, contains: ['not valid JSON'] },
      answer: { json: { modules: ['a.py'] } },
    },
    { ...answering('Grüße, 漢字!'), thinking: 'Hmm' },
  ]);
  const session = async (host: string) => {
    const model = ollamaLanguageModel({ host, model: 'qwen3:8b', retry: { forMs: 0 } });
    const plan = await predict(model, signature, { task: 'validator' });
    const greeting = await model.generate({ messages: user('Hi'), maxTokens: 50, think: true });
    const vectors = await ollamaEmbeddingModel({ host, model: 'nomic-embed-text' }).embed([
      'a b',
      'c',
    ]);
    const health = await ollamaHealth({ host, models: ['qwen3:8b', 'nomic-embed-text'] });
    return {
      attempts: plan.attempts.map(({ outcome, usage, text }) => ({ outcome, usage, text })),
      greeting: { ...greeting, durationMs: 0 },
      vectors: vectors.map((vector) => [...vector].map((value) => value.toFixed(5))),
      present: health.reachable ? health.present : health.error,
    };
  };
  const live = await session(recorder.url);
  const folder = await mkdtemp(join(tmpdir(), 'recording-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await recorder.save(join(folder, 'session.json'));
  await target.close();

  const script = JSON.parse(await readFile(join(folder, 'session.json'), 'utf8'));
  expect(await session((await replayed({ script })).url)).toEqual(live);
  expect(live.attempts.map(({ outcome }) => outcome)).toEqual(['malformed', 'ok']);
});

it('is fine for the real client with and without streams, and keeps one rule per request', async () => {
  const { recorder } = await recorderFor([answering('Yes, of course.')]);
  const client = new Ollama({ host: recorder.url });
  const request = { model: 'qwen3:8b', messages: [{ role: 'user', content: '?' }] };
  expect((await client.chat(request)).message.content).toBe('Yes, of course.');
  for await (const _ of await client.chat({ ...request, stream: true }));
  await client.generate({ model: 'qwen3:8b', prompt: 'The sky?', system: 'Brief' });
  expect(recorder.recording().rules).toHaveLength(2);
});

it('another temperature or message is another request; another window is not', async () => {
  const { recorder } = await recorderFor([answering('Yes.')]);
  const client = new Ollama({ host: recorder.url });
  const ask = (content: string, options: object) =>
    client.chat({ model: 'qwen3:8b', messages: [{ role: 'user', content }], options });
  await ask('?', { temperature: 0, num_ctx: 4_096 });
  await ask('?', { temperature: 0, num_ctx: 8_192 });
  expect(recorder.recording().rules).toHaveLength(1);
  await ask('?', { temperature: 1 });
  await ask('??', { temperature: 0 });
  expect(recorder.recording().rules).toHaveLength(3);
});

it('replays an answer that was cut at its limit as such, and a whole one whole', async () => {
  const { recorder } = await recorderFor([
    { when: { contains: ['long'] }, answer: { text: 'one two three four five six' } },
    {
      ...answering('a b c d e f g h'),
      usage: { promptTokens: 9, completionTokens: 3 },
      doneReason: 'stop',
    },
  ]);
  const session = async (host: string) => {
    const model = ollamaLanguageModel({ host, model: 'qwen3:8b', retry: { forMs: 0 } });
    const cut = await model.generate({ messages: user('long'), maxTokens: 3 });
    const whole = await model.generate({ messages: user('short'), maxTokens: 4 });
    return [cut, whole].map(({ text, finish }) => [finish, text]);
  };
  const live = await session(recorder.url);
  expect(live).toEqual([
    ['length', 'one two three'],
    ['stop', 'a b c d e f g h'],
  ]);
  expect(await session((await replayed({ script: recorder.recording() })).url)).toEqual(live);
});

it('does not keep what only loads or unloads a model', async () => {
  const { recorder } = await recorderFor([]);
  const client = new Ollama({ host: recorder.url });
  await client.chat({ model: 'qwen3:8b', messages: [] });
  await client.chat({ model: 'qwen3:8b', messages: [], keep_alive: 0 });
  expect(recorder.recording().rules).toEqual([]);
});

it.each([
  { kind: 'cut', afterTokens: 1 },
  { kind: 'stream-error', afterTokens: 1 },
  { kind: 'not-done' },
  { kind: 'busy' },
  { kind: 'malformed', afterTokens: 1 },
] as const)('does not keep an answer that failed: %o', async (fault) => {
  const { target, recorder } = await recorderFor([answering('one two three')]);
  target.fault(fault);
  const model = ollamaLanguageModel({ host: recorder.url, model: 'qwen3:8b', retry: { forMs: 0 } });
  await failure(model.generate({ messages: user('?'), maxTokens: 50 }));
  expect(recorder.recording().rules).toEqual([]);
});

it('passes an abort on to the model', async () => {
  const { target, recorder } = await recorderFor([
    { ...answering('word '.repeat(2_000)), tokensPerSecond: 200 },
  ]);
  const stop = new AbortController();
  const model = ollamaLanguageModel({ host: recorder.url, model: 'qwen3:8b' });
  const onToken = () => stop.abort(new Error('enough'));
  await failure(
    model.generate({ messages: user('?'), maxTokens: 9_000, onToken }, { signal: stop.signal }),
  );
  await vi.waitFor(() => expect(target.requests('/api/chat')[0]?.outcome).toBe('aborted'));
});

it('says that it cannot reach the model', async () => {
  const { target, recorder } = await recorderFor([]);
  await target.close();
  await expect(new Ollama({ host: recorder.url }).list()).rejects.toThrow(
    /the recorder cannot reach/,
  );
});
