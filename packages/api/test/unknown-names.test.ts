import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../src/http/openapi.ts';
import { mcpTools } from '../src/mcp/index.ts';
import { answer } from './support/answer.ts';
import { connectMcp, httpTransport } from './support/mcp-client.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { storeTask } from './support/task-events.ts';
import { connectWs } from './support/ws-client.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
  await storeTask(running.store, 't');
});
afterAll(() => running[Symbol.asyncDispose]());

const file = { path: 'a.test.js', content: '', kind: 'test' };
const module = { name: 'a.js', purpose: 'A', depends_on: [] };

describe('a name that is missing is said to be required, in plain words', () => {
  it.each([
    ['prompt', '/tasks', {}],
    ['files[0].kind', '/tasks', { prompt: 'p', files: [{ path: 'a.js', content: '' }] }],
    ['kind', '/tasks/t/interventions', { text: 'shorter' }],
    ['plan[0].purpose', '/tasks/t/interventions', { kind: 'plan', plan: [{ name: 'a.js' }] }],
    ['description', '/tasks/t/bug-reports', { code_version: 1 }],
    ['name', '/mcp/tools/call', {}],
  ])('%s in the body of %s', async (field, path, body) => {
    const { status, body: problem } = await answer(running.post(path, body));
    expect([status, problem.detail]).toEqual([400, `${field}: is required`]);
  });

  it('in the input of a tool', async () => {
    await using mcp = await connectMcp(httpTransport(`${running.url}/mcp`));
    expect(await mcp.client.callTool({ name: 'start_coding_task', arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: 'validation: prompt: is required' }],
    });
  });
});

describe('a name that is not known is refused by itself, and nothing is stored', () => {
  it.each([
    ['lanugage', '/tasks', { prompt: 'p', lanugage: 'python' }],
    ['files[0].langauge', '/tasks', { prompt: 'p', files: [{ ...file, langauge: 'python' }] }],
    ['txt', '/tasks/t/interventions', { kind: 'pause', txt: 'why' }],
    [
      'plan[0].dependsOn',
      '/tasks/t/interventions',
      { kind: 'plan', plan: [{ ...module, dependsOn: [] }] },
    ],
    ['codeVersion', '/tasks/t/bug-reports', { description: 'It throws', codeVersion: 1 }],
    ['raeson', '/tasks/t/cancel', { raeson: 'enough' }],
    ['argments', '/mcp/tools/call', { name: 'list_tasks', argments: { limit: 1 } }],
  ])('%s in the body of %s', async (field, path, body) => {
    const before = await running.store.head();
    const { status, body: problem } = await answer(running.post(path, body));
    expect([status, problem.detail, problem.errors]).toEqual([
      400,
      `${field}: is not a known name`,
      [{ field, message: 'is not a known name' }],
    ]);
    expect(await running.store.head()).toEqual(before);
  });

  it('in a query', async () => {
    const { status, body } = await answer(running.get('/tasks?limt=1'));
    expect([status, body.errors[0]?.field]).toEqual([400, 'limt']);
    const client = connectWs(running.webSocketUrl('t', '?after=3'));
    await client.isClosed();
    expect(client.refused).toBe(400);
  });

  it.each(mcpTools.map(({ name }) => name))(
    'in the input of %s, by MCP and by plain HTTP',
    async (name) => {
      await using mcp = await connectMcp(httpTransport(`${running.url}/mcp`));
      const call = { name, arguments: { lanugage: 'python' } };
      expect(await mcp.client.callTool(call)).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('lanugage') }],
      });
      const { status, body } = await answer(running.post('/mcp/tools/call', call));
      expect(status).toBe(400);
      expect(body.errors.map(({ field }) => field)).toContain('lanugage');
    },
  );

  it('however many there are: the first hundred, none longer than it has to be', async () => {
    const names = Array.from({ length: 5_000 }, (_, n) => [`${n}-${'x'.repeat(300)}`, n]);
    const { status, body } = await answer(
      running.post('/tasks', { prompt: 'p', ...Object.fromEntries(names) }),
    );
    expect([status, body.errors.length]).toEqual([400, 100]);
    expect(body.errors.every(({ field }) => field.length <= 201)).toBe(true);
  });

  it('nor one that the caller may choose, with a value that is not taken', async () => {
    const clock = { [`k${'x'.repeat(300)}`]: 'late' };
    const { body } = await answer(
      running.post('/tasks/t/bug-reports', { description: 'It throws', vector_clock: clock }),
    );
    expect(body.errors[0]?.field).toBe(`vector_clock.k${'x'.repeat(199)}…`);
  });
});

it('the names that MCP gives every call are known at the plain-HTTP door too', async () => {
  const call = { name: 'list_tasks', arguments: {}, _meta: { progressToken: 1 } };
  expect((await running.post('/mcp/tools/call', call)).status).toBe(200);
});

it('OpenAPI and the tools’ schemas say that no other names are taken', async () => {
  const document = openApiDocument(running.api.routes, '0');
  for (const name of ['StartTask', 'Intervention', 'BugReport', 'CancelTask', 'ToolCall'])
    expect(document.components?.schemas?.[name], name).toMatchObject({
      additionalProperties: false,
    });
  await using mcp = await connectMcp(httpTransport(`${running.url}/mcp`));
  for (const { name, inputSchema } of (await mcp.client.listTools()).tools)
    expect(inputSchema, name).toMatchObject({ additionalProperties: false });
});
