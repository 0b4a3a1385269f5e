import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { HealthReport } from '../src/index.ts';
import { answer } from './support/answer.ts';
import { initialize } from './support/mcp-client.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';

let running: RunningApi;
let report: () => Promise<HealthReport> = async () => ({ status: 'ok', checks: [] });
let ready = true;
beforeAll(async () => {
  running = await runApi({
    health: () => report(),
    isReady: () => ready,
    queue: () => ({ queued: 2, byPriority: { CRITICAL: 1 }, oldestWaitMs: null }),
    limits: { healthTimeoutMs: 200 },
    version: '1.2.3',
  });
});
afterAll(() => running[Symbol.asyncDispose]());

describe('health', () => {
  it('gate 4.5: GET /health: 200 when all is well, 503 when Ollama is down', async () => {
    const checks = (status: 'ok' | 'failed') => [
      { name: 'store', status: 'ok' as const, detail: 'writes' },
      { name: 'ollama', status, detail: 'http://localhost:11434' },
    ];
    report = async () => ({ status: 'ok', checks: checks('ok') });
    expect(await answer(running.get('/health'))).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    report = async () => ({ status: 'failed', checks: checks('failed') });
    const down = await answer(running.get('/health'));
    expect([down.status, down.body]).toEqual([503, { status: 'failed', checks: checks('failed') }]);
  });

  it('says 503 while degraded', async () => {
    report = async () => ({ status: 'degraded', checks: [] });
    expect((await running.get('/health')).status).toBe(503);
  });

  it('has an answer when a check hangs or throws, without what it threw', async () => {
    report = () => new Promise(() => {});
    expect(await answer(running.get('/health'))).toMatchObject({
      status: 503,
      body: { checks: [{ name: 'health', status: 'failed' }] },
    });
    report = () => Promise.reject(new Error('secret path /etc/x'));
    const failed = await running.get('/health');
    expect([failed.status, (await failed.text()).includes('secret')]).toEqual([503, false]);
  });

  it('asks once for callers that ask together', async () => {
    let asked = 0;
    let finish: (report: HealthReport) => void = () => {};
    report = () => {
      asked += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const answers = [running.get('/health'), running.get('/health')];
    await until(() => running.server.listening && asked > 0);
    await running.get('/livez');
    finish({ status: 'ok', checks: [] });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(asked).toBe(1);
  });

  it('is live, and ready only when it has started and is not stopping', async () => {
    expect((await running.get('/livez')).status).toBe(200);
    expect((await running.get('/readyz')).status).toBe(200);
    ready = false;
    expect((await running.get('/readyz')).status).toBe(503);
    ready = true;
    await using stopping = await runApi();
    stopping.api.drain();
    expect((await stopping.get('/readyz')).status).toBe(503);
    expect((await stopping.post('/tasks', { prompt: 'p' })).status).toBe(503);
    expect((await stopping.get('/health')).status).toBe(200);
    expect((await stopping.get('/tasks')).status).toBe(200);
  });
});

describe('figures', () => {
  it('writes the queue’s figures in snake_case', async () => {
    expect((await answer(running.get('/queue'))).body).toEqual({
      queued: 2,
      by_priority: { CRITICAL: 1 },
      oldest_wait_ms: null,
    });
  });

  it('shows Prometheus figures by route, never by task', async () => {
    await running.post('/tasks', { prompt: 'p', task_id: 'a-secret-id' });
    await running.get('/tasks/a-secret-id');
    const response = await running.get('/metrics');
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain(
      'http_request_duration_seconds_count{method="GET",route="/tasks/:task_id",status="200"} 1',
    );
    expect(text).toContain('websocket_clients 0');
    expect(text).toContain('tasks_active 1');
    expect(text).not.toContain('a-secret-id');
  });
});

const openApi = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});

const words = z.object({ name: z.string().optional(), description: z.string().optional() });
const described = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ parameters: z.array(words).optional() })),
  ),
  components: z.object({
    schemas: z.record(z.string(), z.object({ properties: z.record(z.string(), words).optional() })),
  }),
});

describe('description', () => {
  it('describes every route in OpenAPI 3.1, from the schemas that serve them', async () => {
    const document = openApi.parse(await (await running.get('/openapi.json')).json());
    expect(document).toMatchObject({ openapi: '3.1.1', info: { version: '1.2.3' } });
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(
      running.api.routes
        .map(({ method, path }) => `${method} ${path.replace(/[:*](\w+)/g, '{$1}')}`)
        .sort(),
    );
    expect(described).toContain('post /tasks');
    expect(described).toContain('get /tasks/{task_id}/files/{path}');
    expect(described).toContain('post /mcp/tools/call');
    const ids = Object.values(document.paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says of every parameter, and of every name in a body, what it is', async () => {
    const { paths, components } = described.parse(
      await (await running.get('/openapi.json')).json(),
    );
    const parameters = Object.entries(paths).flatMap(([path, operations]) =>
      Object.values(operations).flatMap((operation) =>
        (operation.parameters ?? []).map(({ name, description }) => [path, name, description]),
      ),
    );
    const names = ['StartTask', 'Intervention', 'BugReport', 'CancelTask'].flatMap((body) =>
      Object.entries(components.schemas[body]?.properties ?? {}).map(([name, { description }]) => [
        body,
        name,
        description,
      ]),
    );
    expect(parameters).toContainEqual(['/tasks', 'limit', expect.any(String)]);
    expect(names).toContainEqual(['StartTask', 'task_id', expect.any(String)]);
    const wordless = [...parameters, ...names].filter(([, , description]) => !description);
    expect(wordless).toEqual([]);
  });

  it('names the event stream beside the page of events', async () => {
    const document = openApi.parse(await (await running.get('/openapi.json')).json());
    const events = document.paths['/tasks/{task_id}/events']?.get;
    expect(events).toMatchObject({
      responses: { 200: { content: { 'application/json': {}, 'text/event-stream': {} } } },
    });
  });

  it('has a page that loads nothing from elsewhere and runs no script', async () => {
    const response = await running.get('/docs');
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|https?:\/\/(?!json-schema\.org)/);
    expect(page).toContain('/tasks/{task_id}/interventions');
    const style = await running.get(/href="([^"]+\.css)"/.exec(page)?.[1] ?? '');
    expect([style.status, style.headers.get('content-type')]).toEqual([
      200,
      'text/css; charset=utf-8',
    ]);
  });

  it('is where / leads to, unless something is mounted there', async () => {
    const root = await fetch(`${running.url}/?x=1`, { redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([307, '/docs']);
    expect(await (await running.get('/')).text()).toContain('<html');
    const { body } = await answer(running.get('/openapi.json'));
    expect(Object.keys(z.object({ paths: z.looseObject({}) }).parse(body).paths)).not.toContain(
      '/',
    );
    await using mounted = await runApi({
      mounts: [{ path: '/', handler: (_request, response) => void response.end('a dashboard') }],
    });
    expect(await (await mounted.get('/')).text()).toBe('a dashboard');
  });

  it('says what a problem’s type stands for', async () => {
    expect((await answer(running.get('/problems/no-room'))).body).toEqual({
      type: '/problems/no-room',
      title: 'No place for another task',
      status: 503,
    });
    expect((await running.get('/problems/constructor')).status).toBe(404);
  });
});

/** How an upgrade at a place where there is no WebSocket is answered. */
async function refusedHandshake(port: number) {
  const asked = request({
    host: '127.0.0.1',
    port,
    path: '/elsewhere',
    headers: { connection: 'Upgrade', upgrade: 'websocket' },
  }).end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  response?.resume();
  const headers = new Headers(
    Object.entries(response?.headers ?? {}).map(([k, v]) => [k, String(v)]),
  );
  return { status: response?.statusCode, headers };
}

describe('what is not there', () => {
  it('answers 404 and 405 as problem details', async () => {
    expect(await answer(running.get('/nothing'))).toMatchObject({
      status: 404,
      type: 'application/problem+json; charset=utf-8',
      body: { type: '/problems/not-found', instance: '/nothing' },
    });
    const wrong = await fetch(`${running.url}/tasks`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD, OPTIONS']);
  });

  it('tells nothing of an error of its own, and hands it to the log under an id', async () => {
    const told: unknown[] = [];
    await using broken = await runApi({
      queue: () => {
        throw new TypeError('internal detail');
      },
      generateId: () => 'error-7',
      hooks: { onError: (error, errorId) => told.push([error, errorId]) },
    });
    const { status, body } = await answer(broken.get('/queue'));
    expect([status, body.error_id]).toEqual([500, 'error-7']);
    expect(JSON.stringify(body)).not.toContain('internal detail');
    expect(told).toEqual([[expect.any(TypeError), 'error-7']]);
  });

  it('sends a CSP and the usual headers with every kind of answer: data, pages, streams, MCP, refusals', async () => {
    await using strict = await runApi({ limits: { writesPerMinute: 7 } });
    await storeTask(strict.store, 't');
    const cut = new AbortController();
    const stream = { accept: 'text/event-stream' };
    const { headers: refusedUpgrade, status: upgradeStatus } = await refusedHandshake(strict.port);
    const answers = [
      [200, await strict.get('/tasks')],
      [200, await strict.get('/docs')],
      [200, await strict.get('/metrics')],
      [200, await strict.get('/mcp')],
      [200, await fetch(`${strict.url}/tasks/t/events`, { headers: stream, signal: cut.signal })],
      [200, await strict.post('/tasks', { prompt: 'p' })],
      [204, await fetch(`${strict.url}/tasks`, { method: 'OPTIONS' })],
      [304, await strict.get('/tasks/t', { 'if-none-match': '*' })],
      [400, await strict.post('/tasks', '{')],
      [400, await strict.post('/mcp', { jsonrpc: '2.0' })],
      [401, await strict.get('/tasks', { forwarded: 'for=1.2.3.4' })],
      [403, await strict.get('/tasks', { origin: 'http://evil.example' })],
      [404, await strict.get('/nothing')],
      [404, await strict.post('/mcp', { jsonrpc: '2.0' }, { 'mcp-session-id': 'x' })],
      [405, await fetch(`${strict.url}/tasks`, { method: 'DELETE' })],
      [406, await strict.post('/mcp', initialize, { accept: 'text/plain' })],
      [413, await strict.post('/tasks', 'x'.repeat(5_000_000))],
      [415, await strict.post('/mcp', '{}', { 'content-type': 'text/plain' })],
      [429, await strict.post('/tasks', { prompt: 'p' })],
      [404, { status: upgradeStatus, headers: refusedUpgrade }],
    ] as const;
    for (const [status, { status: answered, headers }] of answers) {
      expect([answered, headers.get('x-content-type-options')]).toEqual([status, 'nosniff']);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    cut.abort();
  });

  it('gives each answered request to the access log, without query and body', async () => {
    const records: unknown[] = [];
    await using logged = await runApi({ hooks: { onRequest: (record) => records.push(record) } });
    await logged.post('/tasks?token=abc', { prompt: 'private words' });
    expect(records).toEqual([
      {
        method: 'POST',
        path: '/tasks',
        route: '/tasks',
        status: 200,
        durationMs: expect.any(Number),
        remoteAddress: '127.0.0.1',
      },
    ]);
  });
});
