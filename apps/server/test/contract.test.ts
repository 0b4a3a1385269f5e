import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumAnswers } from './answers.ts';
import { type Json, Listener, request } from './client.ts';
import { type ContractProxy, startContractProxy } from './contract-proxy.ts';
import { dataFolder, type ServerProcess, startServer } from './server-process.ts';

let standIn: OllamaStandIn;
let data: Awaited<ReturnType<typeof dataFolder>>;
let server: ServerProcess;
let proxy: ContractProxy;
/** A task that has come to its end. */
let task: Json;

beforeAll(async () => {
  standIn = await startOllamaStandIn({ script: sumAnswers });
  data = await dataFolder();
  server = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
  proxy = await startContractProxy(server.url);
  const started = await ask('post /tasks', '/tasks', { body: { prompt: 'Write a sum function' } });
  await using listener = new Listener(started.body.websocket_url);
  await listener.until('DEAD_CODE_ANALYSIS');
  const generated = listener.events.find((event) => event.event_type === 'CODE_GENERATED');
  task = { ...started.body, call: generated.data.calls[0].call_id };
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await standIn.close();
  await data[Symbol.asyncDispose]();
});

const asked = new Set<string>();

function ask(operation: string, path: string, init?: Parameters<typeof request>[1]) {
  asked.add(operation);
  return request(proxy.url + path, init);
}

type Asked = readonly [path: string, status: number, init?: Parameters<typeof request>[1]];

const unknown = '/tasks/unknown';
const own = () => `/tasks/${task.task_id}`;

/** By operation, what is asked of it and the status that it answers with. */
const conversations: Readonly<Record<string, () => readonly Asked[]>> = {
  'post /tasks': () => [
    ['/tasks', 400, { body: { prompt: ' ' } }],
    ['/tasks', 400, { body: { prompt: 'p', answers: 'none' } }],
    ['/tasks', 400, { body: { prompt: 'p', priority: 'SOON' } }],
    ['/tasks', 400, { body: { prompt: 'p', lanugage: 'python' } }],
    ['/tasks', 409, { body: { prompt: 'p', task_id: task.task_id } }],
    ['/tasks', 200, { body: { prompt: 'p' }, headers: { 'idempotency-key': 'once' } }],
    ['/tasks', 200, { body: { prompt: 'p' }, headers: { 'idempotency-key': 'once' } }],
    ['/tasks', 422, { body: { prompt: 'q' }, headers: { 'idempotency-key': 'once' } }],
    ['/tasks', 413, { body: { prompt: 'x'.repeat(5_000_000) } }],
    ['/tasks', 415, { body: { prompt: 'p' }, headers: { 'content-type': 'text/plain' } }],
  ],
  'get /tasks': () => [
    ['/tasks', 200],
    ['/tasks?status=completed,failed&limit=1', 200],
    ['/tasks?status=none', 400],
    ['/tasks?limit=0', 400],
  ],
  'get /tasks/{task_id}': () => [
    [own(), 200],
    [own(), 304, { headers: { 'if-none-match': '*' } }],
    [unknown, 404],
    [`/tasks/${'x'.repeat(1_000)}`, 400],
    ['/tasks/%F0%9F%98%80', 404],
  ],
  'get /tasks/{task_id}/events': () => [
    [`${own()}/events`, 200],
    [`${own()}/events?limit=2&event_types=CODE_GENERATED`, 200],
    [`${own()}/events?after_sequence=x`, 400],
    [`${unknown}/events`, 404],
  ],
  'get /tasks/{task_id}/state': () => [
    [`${own()}/state`, 200],
    [`${own()}/state?until=3`, 200],
    [`${own()}/state?until=tomorrow`, 400],
    [`${own()}/state?until=2001-01-01`, 404],
  ],
  'get /tasks/{task_id}/files': () => [
    [`${own()}/files`, 200],
    [`${own()}/files?version=1`, 200],
    [`${own()}/files?version=99`, 404],
    [`${unknown}/files`, 404],
  ],
  'get /tasks/{task_id}/files/{path}': () => [
    [`${own()}/files/sum.js`, 200],
    [`${own()}/files/sum.js?version=1`, 200],
    [`${own()}/files/..%2F..%2Ftoken`, 404],
  ],
  'get /tasks/{task_id}/graph': () => [
    [`${own()}/graph`, 200],
    [`${own()}/graph?until=x`, 400],
    [`${unknown}/graph`, 404],
  ],
  'get /tasks/{task_id}/context/{call}': () => [
    [`${own()}/context/${encodeURIComponent(task.call)}`, 200],
    [`${own()}/context/none`, 404],
  ],
  'post /tasks/{task_id}/interventions': () => [
    ['/tasks', 200, { body: { prompt: 'p', task_id: 'steered' } }],
    ['/tasks/steered/interventions', 200, { body: { kind: 'pause' } }],
    [
      '/tasks/steered/interventions',
      412,
      { body: { kind: 'resume' }, headers: { 'if-match': '"1"' } },
    ],
    ['/tasks/steered/cancel', 412, { method: 'POST', headers: { 'if-match': '"1"' } }],
    ['/tasks/steered/cancel', 200, { body: { reason: 'no need any more' } }],
    ['/tasks/steered/interventions', 409, { body: { kind: 'resume' } }],
    [`${own()}/interventions`, 400, { body: { kind: 'guidance' } }],
    [`${own()}/interventions`, 400, { body: { kind: 'shout' } }],
    [`${own()}/interventions`, 409, { body: { kind: 'guidance', text: 'Too late' } }],
    [`${unknown}/interventions`, 404, { body: { kind: 'pause' } }],
  ],
  'post /tasks/{task_id}/bug-reports': () => [
    [`${own()}/bug-reports`, 409, { body: { description: 'It was wrong', code_version: 1 } }],
    [`${own()}/bug-reports`, 400, { body: { description: '' } }],
    [`${unknown}/bug-reports`, 404, { body: { description: 'It is wrong' } }],
  ],
  'post /tasks/{task_id}/cancel': () => [
    [`${own()}/cancel`, 400, { method: 'POST', headers: { 'if-match': 'one' } }],
    [`${own()}/cancel`, 200, { method: 'POST' }],
    [`${unknown}/cancel`, 404, { method: 'POST' }],
  ],
  'get /health': () => [['/health', 200]],
  'get /livez': () => [['/livez', 200]],
  'get /readyz': () => [['/readyz', 200]],
  'get /queue': () => [['/queue', 200]],
  'get /metrics': () => [['/metrics', 200]],
  'get /openapi.json': () => [['/openapi.json', 200]],
  'get /docs': () => [['/docs', 200]],
  'get /docs/style.css': () => [['/docs/style.css', 200]],
  'get /problems/{slug}': () => [
    ['/problems/no-room', 200],
    ['/problems/none', 404],
  ],
  'get /mcp': () => [['/mcp', 200]],
  'post /mcp/tools/call': () => [
    [
      '/mcp/tools/call',
      200,
      { body: { name: 'get_task_status', arguments: { task_id: task.task_id } } },
    ],
    ['/mcp/tools/call', 404, { body: { name: 'none' } }],
    ['/mcp/tools/call', 400, { body: { name: 'cancel_task', arguments: {} } }],
  ],
};

describe('seen through a proxy that checks the contract', () => {
  it.each(Object.keys(conversations))('%s answers as it says in /openapi.json', async (name) => {
    const answered = [];
    const expected = conversations[name]?.() ?? [];
    for (const [path, , init] of expected) answered.push((await ask(name, path, init)).status);
    expect(answered).toEqual(expected.map(([, status]) => status));
  });

  it('health with a model host that has gone is a described 503', async () => {
    await standIn.close();
    const { status, body } = await ask('get /health', '/health');
    expect([status, body.status]).toEqual([503, 'failed']);
    standIn = await startOllamaStandIn({ script: sumAnswers });
  });

  it('every operation has been asked, and none has broken its word', async () => {
    const { body: document } = await request(`${server.url}/openapi.json`);
    const described = Object.entries<Json>(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect([...asked].sort()).toEqual(described.sort());
    expect(await proxy.end()).toEqual([]);
  });
});
