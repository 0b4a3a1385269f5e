import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOllamaStandIn } from '@org/models/testing';
import { expect, it } from 'vitest';
import { sumAnswers } from './answers.ts';
import { type Json, Listener, request } from './client.ts';
import { dataFolder, startServer } from './server-process.ts';

it('figures tell the compression of contexts and the tokens by model, no task; neither they nor the log hold prompts, code or the token; a restart changes no status', async () => {
  await using standIn = await startOllamaStandIn({ script: sumAnswers, tokensPerSecond: 2_000 });
  await using data = await dataFolder();
  const options = {
    dataDir: data.path,
    ollamaHost: standIn.url,
    args: ['--log-level', 'trace'],
  };
  let taskId = '';
  let before: Json;
  {
    await using server = await startServer(options);
    const token = (await readFile(join(data.path, 'token'), 'utf8')).trim();
    const { body: task } = await request(`${server.url}/tasks?note=words-in-the-query`, {
      body: { prompt: 'Write a sum function for Zanzibar' },
      headers: { authorization: `Bearer ${token}` },
    });
    taskId = task.task_id;
    await using listener = new Listener(task.websocket_url);
    await listener.until('TASK_COMPLETE');

    const { body: figures } = await request(`${server.url}/metrics`);
    const counted = (name: string, labels: string) =>
      new RegExp(`^${name}\\{[^}]*${labels}[^}]*\\} [1-9]`, 'm');
    expect(figures).toMatch(counted('context_compression_ratio_count', 'model="'));
    expect(figures).toMatch(counted('model_tokens_total', 'model="mistral:7b"'));
    expect(figures).not.toContain(taskId);

    before = (await request(`${server.url}/tasks/${taskId}`)).body;
    expect(before.status).toBe('completed');
    await server.end('SIGKILL');
    const log = JSON.stringify(server.log);
    expect(log).toContain('/tasks');
    const times = server.log.flatMap(({ durationMs }) =>
      typeof durationMs === 'number' ? durationMs : [],
    );
    expect(times.length).toBeGreaterThan(0);
    for (const time of times) expect(`${time}`).toMatch(/^\d+(\.\d)?$/);
    for (const secret of [token, 'Zanzibar', 'words-in-the-query', 'return a - b']) {
      expect(log).not.toContain(secret);
      // Beside the log a first start shows its token, once.
      if (secret !== token) expect(server.stderr()).not.toContain(secret);
    }
  }
  await using again = await startServer(options);
  const { status, body } = await request(`${again.url}/tasks/${taskId}`);
  expect([status, body]).toEqual([200, { ...before, version: body.version }]);
  expect(body.version).toBeGreaterThanOrEqual(before.version);
});
