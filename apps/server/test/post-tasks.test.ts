import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sumAnswers } from './answers.ts';
import { eventually, type Json, Listener, request } from './client.ts';
import { dataFolder, type ServerProcess, startServer } from './server-process.ts';

/** Long enough for a place to be given up meanwhile on a busy machine. */
const placeWaitMs = 5_000;

let standIn: OllamaStandIn;
let data: Awaited<ReturnType<typeof dataFolder>>;
let server: ServerProcess;
let headers: Record<string, string>;

/** A server with one place, whose model takes minutes, and whose generated code could reach the network. */
beforeAll(async () => {
  standIn = await startOllamaStandIn({ script: sumAnswers, tokensPerSecond: 1 });
  data = await dataFolder();
  server = await startServer({
    dataDir: data.path,
    ollamaHost: standIn.url,
    args: ['--max-tasks', '1', '--place-wait-ms', String(placeWaitMs), '--sandbox', 'none'],
  });
  const token = (await readFile(join(data.path, 'token'), 'utf8')).trim();
  headers = { authorization: `Bearer ${token}` };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await standIn.close();
  await data[Symbol.asyncDispose]();
});

const post = (path: string, body: Json, more: Record<string, string> = {}) =>
  request(server.url + path, { body, headers: { ...headers, ...more } });
const get = (path: string) => request(server.url + path, { headers });

describe('POST /tasks of a real server', () => {
  let taken: string[] = [];
  async function start(body: Json, more: Record<string, string> = {}) {
    const answer = await post('/tasks', body, more);
    if (answer.status === 200) taken.push(answer.body.task_id);
    return answer;
  }
  const end = (taskId: string) => post(`/tasks/${taskId}/cancel`, {});
  afterEach(async () => {
    for (const taskId of taken) await end(taskId);
    taken = [];
  });

  it('answers at once, not after the work: the model has not answered yet', async () => {
    const { status, body } = await start({ prompt: 'Write a sum function' });
    expect([status, body.status]).toEqual([200, 'created']);
    await eventually(() => expect(standIn.requests('/api/chat')).toHaveLength(1));
    expect(standIn.requests('/api/chat')).toMatchObject([{ outcome: 'running' }]);
  });

  it('without a place for another task waits up to a limit: one that becomes free is taken', async () => {
    const first = await start({ prompt: 'The first' });
    const second = start({ prompt: 'The second' });
    await eventually(async () =>
      expect((await get('/queue')).body.tasks).toMatchObject({ waiting_for_place: 1 }),
    );
    await end(first.body.task_id);
    expect((await second).status).toBe(200);
  });

  it('past the limit answers 503 with Retry-After, and nothing is stored', async () => {
    await start({ prompt: 'The only one' });
    const before = (await get('/tasks')).body.items;
    const refused = await start({ prompt: 'One too many', task_id: 'too many' });
    expect([refused.status, refused.body.type]).toEqual([503, '/problems/no-room']);
    expect(refused.headers.get('retry-after')).toBe(String(placeWaitMs / 1_000));
    expect((await get('/tasks/too%20many')).status).toBe(404);
    const after = (await get('/tasks')).body.items;
    expect(after.map((task: Json) => task.task_id)).toEqual(
      before.map((task: Json) => task.task_id),
    );
  });

  it('takes 100 000 emoji and 1 000 answers, and keeps every one of them', async () => {
    const prompt = '😀'.repeat(100_000);
    const answers = Array.from({ length: 1_000 }, (_, n) => `Antwort ${n}: é 👩‍👩‍👧`);
    const { status, body } = await start({ prompt, answers });
    expect(status).toBe(200);
    expect((await get(`/tasks/${body.task_id}`)).body.prompt).toBe(prompt);
    const { body: page } = await get(`/tasks/${body.task_id}/events?limit=1`);
    expect(page.items[0].data.answers).toEqual(answers);
  });

  it('with an Idempotency-Key, repeated one after the other or at once, gives the first answer; with another body 422', async () => {
    const key = { 'idempotency-key': 'once' };
    const bodyOf = { prompt: 'Write it once', answers: ['yes'] };
    const both = await Promise.all([start(bodyOf, key), start(bodyOf, key)]);
    const again = await start(bodyOf, key);
    for (const { status, body } of [...both, again])
      expect([status, body]).toEqual([200, both[0]?.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await start({ ...bodyOf, answers: ['no'] }, key)).status).toBe(422);
    const { items } = (await get('/tasks?limit=500')).body;
    expect(items.filter((task: Json) => task.prompt === bodyOf.prompt)).toHaveLength(1);
  });
});

describe('where the sandbox does not block the network', () => {
  it('loopback too needs the token, for REST, WebSocket and MCP', async () => {
    const { body: task } = await post('/tasks', { prompt: 'Write a sum function' });
    const call = { name: 'get_task_status', arguments: { task_id: task.task_id } };
    expect((await request(`${server.url}/tasks`)).status).toBe(401);
    expect((await request(`${server.url}/mcp/tools/call`, { body: call })).status).toBe(401);
    await using refused = new Listener(task.websocket_url);
    await expect(refused.until('TASK_CREATED')).rejects.toThrow('closed');
    expect((await get('/tasks')).status).toBe(200);
    expect((await post('/mcp/tools/call', call)).status).toBe(200);
    await using admitted = new Listener(task.websocket_url, headers);
    expect((await admitted.until('TASK_CREATED')).task_id).toBe(task.task_id);
    expect(server.log.find(({ msg }) => msg.includes('this machine too'))).toBeDefined();
  });
});
