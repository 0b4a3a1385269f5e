import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMcpRouter, mcpTools } from '../src/mcp/index.ts';
import { answer } from './support/answer.ts';
import { connectMcp, httpTransport, initialize, type McpClient } from './support/mcp-client.ts';
import { levelStore, type RunningApi, runApi } from './support/running-api.ts';
import { code, complete, created, started, storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';
import { connectWs } from './support/ws-client.ts';

let running: RunningApi;
let mcp: McpClient;
beforeAll(async () => {
  running = await runApi();
  mcp = await connectMcp(httpTransport(`${running.url}/mcp`));
});
afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

describe('MCP over HTTP', () => {
  it('gate 5.1: REST answers and MCP answers on one port; `POST /mcp/tools/call` starts a task; `GET /mcp/` gives information', async () => {
    expect((await running.get('/tasks')).status).toBe(200);
    expect((await mcp.client.listTools()).tools.length).toBeGreaterThan(9);
    const call = await answer(
      running.post('/mcp/tools/call', {
        name: 'start_coding_task',
        arguments: { prompt: 'by plain HTTP', task_id: 'plain' },
      }),
    );
    expect(call).toMatchObject({
      status: 200,
      body: { isError: false, structuredContent: { task_id: 'plain', status: 'created' } },
    });
    expect((await running.get('/tasks/plain')).status).toBe(200);
    for (const path of ['/mcp', '/mcp/']) {
      const information = await answer(running.get(path));
      expect(information.status).toBe(200);
      expect(information.body).toMatchObject({
        name: 'coding-tasks',
        endpoint: '/mcp',
        protocol_versions: expect.arrayContaining(['2025-11-25']),
        tools: expect.arrayContaining([expect.objectContaining({ name: 'start_coding_task' })]),
      });
    }
  });

  it('gate 5.2: a task made by REST is seen by MCP `get_task_status`', async () => {
    await running.post('/tasks', { prompt: 'by REST', task_id: 'by-rest' });
    expect(await mcp.call('get_task_status', { task_id: 'by-rest' })).toMatchObject({
      task_id: 'by-rest',
      status: 'created',
      prompt: 'by REST',
    });
  });

  it('shows a task made by MCP to REST and WebSocket at once', async () => {
    const { task_id } = await mcp.call('start_coding_task', { prompt: 'by MCP' });
    expect(await answer(running.get(`/tasks/${String(task_id)}`))).toMatchObject({
      status: 200,
      body: { prompt: 'by MCP' },
    });
    const client = connectWs(running.webSocketUrl(String(task_id)));
    await client.caughtUp();
    expect(client.events[0]?.data).toMatchObject({ prompt: 'by MCP' });
    client.socket.close();
    const list = await answer(running.get('/tasks?limit=1'));
    expect(list.body.items[0]?.task_id).toBe(task_id);
  });

  it('offers the ten tools with whole schemas and annotations', async () => {
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'start_coding_task',
      'get_task_status',
      'list_tasks',
      'wait_for_task',
      'get_task_events',
      'get_task_code',
      'send_intervention',
      'report_bug',
      'cancel_task',
      'explain_context',
    ]);
    for (const tool of tools) {
      expect(tool.inputSchema.type).toBe('object');
      expect(tool.outputSchema?.type).toBe('object');
      expect(tool.inputSchema.properties, tool.name).toBeDefined();
      expect(tool.outputSchema?.properties, tool.name).toBeDefined();
      expect(JSON.stringify(tool), tool.name).not.toMatch(/"\$(ref|defs)"/);
      expect(tool.annotations).toMatchObject({ openWorldHint: false, title: tool.title });
      expect(tool.description?.length).toBeGreaterThan(20);
    }
    expect(mcpTools.filter(({ annotations }) => annotations.destructiveHint)).toHaveLength(1);
  });

  it('runs each tool on the store that REST uses', async () => {
    await storeTask(running.store, 'tooled', [code(2, 'two')]);
    const task = { task_id: 'tooled' };
    expect(await mcp.call('list_tasks', { limit: 1 })).toMatchObject({ items: [task] });
    expect(
      await mcp.call('get_task_events', { ...task, limit: 2, event_types: ['CODE_GENERATED'] }),
    ).toMatchObject({ items: [{ code_version: 1 }, { code_version: 2 }], has_more: false });
    expect(await mcp.call('get_task_code', task)).toMatchObject({
      files: [{ path: 'src/validators.js', content: 'two', code_version: 2 }],
    });
    expect(
      await mcp.call('get_task_code', { ...task, path: 'src/validators.js', version: 1 }),
    ).toMatchObject({ files: [{ content: '// 1' }] });
    expect(await mcp.call('explain_context', { ...task, call_id: 'call-1' })).toMatchObject({
      verified: true,
      dropped: [{ ref: 'event:2', reason: 'stale' }],
    });
    expect(
      await mcp.call('send_intervention', {
        ...task,
        kind: 'guidance',
        text: 'hint',
        if_version: 5,
      }),
    ).toMatchObject({ version: 6 });
    expect(
      await mcp.call('report_bug', { ...task, description: 'old', code_version: 1 }),
    ).toMatchObject({ accepted: false, superseded_by: 2 });
    expect(await mcp.call('cancel_task', { ...task, reason: 'done' })).toMatchObject({
      status: 'cancelled',
    });
    expect(await mcp.call('cancel_task', task)).toMatchObject({ status: 'cancelled' });
  });

  it.each([
    ['get_task_status', { task_id: 'nobody' }, 'task-not-found'],
    ['get_task_status', {}, 'task_id'],
    ['start_coding_task', { prompt: ' ' }, 'prompt'],
    ['send_intervention', { task_id: 'tooled', kind: 'guidance' }, 'text'],
    ['wait_for_task', { task_id: 'tooled', timeout_seconds: 21 }, 'timeout_seconds'],
    ['get_task_code', { task_id: 'tooled', path: 'nope' }, 'file-not-found'],
  ])('tells the model what was wrong with a call of %s', async (name, input, told) => {
    const result = await mcp.client.callTool({ name, arguments: input });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain(told);
    const plain = await running.post('/mcp/tools/call', { name, arguments: input });
    expect([400, 404]).toContain(plain.status);
    expect(await plain.text()).toContain(told);
  });

  it('refuses a tool that is not there', async () => {
    await expect(mcp.client.callTool({ name: 'rm_rf' })).rejects.toMatchObject({ code: -32602 });
    const plain = await running.post('/mcp/tools/call', { name: 'rm_rf', arguments: {} });
    expect(plain.status).toBe(404);
  });

  it('waits for a task to end, telling progress', async () => {
    await running.store.append('awaited', [created(), started]);
    const told: string[] = [];
    const waiting = mcp.client.callTool(
      { name: 'wait_for_task', arguments: { task_id: 'awaited' } },
      undefined,
      {
        onprogress: ({ message = '' }) => told.push(message),
      },
    );
    await until(() => running.api.services.feed.followedTasks > 0);
    await running.store.append('awaited', code(1));
    await until(() => told.length > 0);
    await running.store.append('awaited', complete);
    expect((await waiting).structuredContent).toMatchObject({
      ended: true,
      needs_answer: false,
      task: { status: 'completed' },
    });
    expect(told[0]).toBe('CODE_GENERATED validators.js (code version 1)');
    await until(() => running.api.services.feed.followedTasks === 0);
  });

  it('comes back when the time is over, the task asks, or the caller cancels', async () => {
    await storeTask(running.store, 'endless');
    expect(
      await mcp.call('wait_for_task', { task_id: 'endless', timeout_seconds: 0 }),
    ).toMatchObject({ ended: false, needs_answer: false });
    await running.store.append('asks', [
      created(),
      started,
      {
        eventType: 'PLANNING_COMPLETE',
        data: { modules: [], questions: [{ questionId: 'q1', text: 'Which?' }] },
      },
    ]);
    expect(await mcp.call('wait_for_task', { task_id: 'asks' })).toMatchObject({
      ended: false,
      needs_answer: true,
      task: { questions: [{ question_id: 'q1', text: 'Which?' }] },
    });
    const cancelled = new AbortController();
    const call = mcp.client.callTool(
      { name: 'wait_for_task', arguments: { task_id: 'endless' } },
      undefined,
      {
        signal: cancelled.signal,
      },
    );
    await until(() => running.api.services.feed.followedTasks > 0);
    cancelled.abort();
    await expect(call).rejects.toThrow();
    await until(() => running.api.services.feed.followedTasks === 0);
  });

  it('gives tasks, events, plans and files as resources', async () => {
    await storeTask(running.store, 'read/me ü');
    const uri = `task://${encodeURIComponent('read/me ü')}`;
    const read = async (address: string) => {
      const [content] = (await mcp.client.readResource({ uri: address })).contents;
      return content && 'text' in content ? content.text : '';
    };
    const { resources } = await mcp.client.listResources();
    expect(resources.map((resource) => resource.uri)).toContain(uri);
    expect((await mcp.client.listResourceTemplates()).resourceTemplates).toHaveLength(4);
    expect(JSON.parse(await read(uri))).toMatchObject({ status: 'running', version: 4 });
    expect(JSON.parse(await read(`${uri}/events`)).events).toHaveLength(4);
    expect(JSON.parse(await read(`${uri}/plan`)).modules).toEqual([
      { name: 'validators.js', purpose: 'Validates', depends_on: [] },
    ]);
    expect(await read(`${uri}/files/src/validators.js`)).toBe('// 1');
    for (const wrong of [
      'task://nobody',
      'file:///etc/passwd',
      `${uri}/files/nope`,
      'task://%E0%A4%A',
    ]) {
      await expect(read(wrong)).rejects.toMatchObject({ code: -32002 });
    }
  });

  it('pages through resources', async () => {
    await using many = await runApi();
    for (let n = 0; n < 60; n += 1) await many.store.append(`t${n}`, created());
    await using client = await connectMcp(httpTransport(`${many.url}/mcp`));
    const first = await client.client.listResources();
    const second = await client.client.listResources({ cursor: first.nextCursor });
    expect([first.resources.length, second.resources.length, second.nextCursor]).toEqual([
      50,
      10,
      undefined,
    ]);
    await expect(client.client.listResources({ cursor: 'x' })).rejects.toMatchObject({
      code: -32602,
    });
  });

  it('tells of changes to what was subscribed to, and of nothing else', async () => {
    await storeTask(running.store, 'watched');
    await storeTask(running.store, 'ignored');
    const updated: string[] = [];
    mcp.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      updated.push(params.uri);
    });
    await mcp.client.subscribeResource({ uri: 'task://watched' });
    await expect(mcp.client.subscribeResource({ uri: 'task://nobody' })).rejects.toThrow();
    await running.store.append('ignored', complete);
    await running.store.append('watched', complete);
    await until(() => updated.length > 0);
    await mcp.client.unsubscribeResource({ uri: 'task://watched' });
    expect(running.api.services.feed.followedTasks).toBe(0);
    expect(updated).toEqual(['task://watched']);
  });

  it('completes task ids and paths', async () => {
    await storeTask(running.store, 'complete-me-1');
    await storeTask(running.store, 'complete-me-2');
    const complete = async (name: string, value: string, given: Record<string, string> = {}) =>
      (
        await mcp.client.complete({
          ref: { type: 'ref/resource', uri: 'task://{task_id}/files/{+path}' },
          argument: { name, value },
          context: { arguments: given },
        })
      ).completion;
    expect(await complete('task_id', 'complete-me')).toMatchObject({
      values: ['complete-me-2', 'complete-me-1'],
      total: 2,
      hasMore: false,
    });
    expect((await complete('path', 'src/', { task_id: 'complete-me-1' })).values).toEqual([
      'src/validators.js',
    ]);
    expect((await complete('path', '', { task_id: 'nobody' })).values).toEqual([]);
  });

  it('offers prompts, filled in with their arguments', async () => {
    const { prompts } = await mcp.client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual([
      'start_task',
      'summarize_task',
      'fix_failing_test',
    ]);
    const { messages } = await mcp.client.getPrompt({
      name: 'summarize_task',
      arguments: { task_id: 'x1' },
    });
    expect(JSON.stringify(messages)).toContain('x1');
    await expect(mcp.client.getPrompt({ name: 'summarize_task' })).rejects.toMatchObject({
      code: -32602,
    });
  });
});

describe('MCP sessions', () => {
  it('go on after a restart of the server: same session, subscriptions, and what was missed', async () => {
    await using folder = await levelStore();
    const before = await folder.open();
    const first = await runApi({ store: before });
    await storeTask(before, 'kept');
    const transport = httpTransport(`${first.url}/mcp`);
    await using client = await connectMcp(transport);
    const updated: string[] = [];
    client.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      updated.push(params.uri);
    });
    await client.client.subscribeResource({ uri: 'task://kept' });
    await before.append('kept', code(2));
    await until(() => updated.length === 1);
    const { sessionId } = transport;
    await first[Symbol.asyncDispose]();
    await before.append('kept', code(3));
    await before.close();

    await using store = await folder.open();
    await using second = await runApi({ store });
    const stream = await fetch(`${second.url}/mcp`, {
      headers: {
        accept: 'text/event-stream',
        'mcp-session-id': sessionId ?? '',
        'mcp-protocol-version': '2025-11-25',
        'last-event-id': '_GET_stream~5~before.1',
      },
    });
    expect(stream.status).toBe(200);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('resources/updated')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('task://kept');
    await reader?.cancel();

    const call = await fetch(`${second.url}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': sessionId ?? '',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 9,
        method: 'tools/call',
        params: { name: 'get_task_status', arguments: { task_id: 'kept' } },
      }),
    });
    expect([call.status, (await call.text()).includes('"code_version\\":3')]).toEqual([200, true]);
  });

  it('resume: what was told while a stream was cut comes with Last-Event-ID, once', async () => {
    await storeTask(running.store, 'cut off');
    const transport = httpTransport(`${running.url}/mcp/`);
    await using client = await connectMcp(transport);
    const updated: string[] = [];
    client.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      updated.push(params.uri);
    });
    const uri = 'task://cut%20off';
    await client.client.subscribeResource({ uri });
    await running.store.append('cut off', code(2));
    await until(() => updated.length === 1, 'the first is told');
    // The transport comes back by itself, with the id of what it has seen last.
    running.server.closeAllConnections();
    await running.store.append('cut off', code(3));
    await until(() => updated.length === 2, 'the second is told');
    await running.store.append('cut off', code(4));
    await until(() => updated.length === 3, 'the third is told');
    expect(updated).toEqual([uri, uri, uri]);
  });

  it('answers 404 for a session that nobody has begun, so that the client begins one', async () => {
    const headers = {
      accept: 'application/json, text/event-stream',
      'mcp-session-id': '11111111-1111-4111-8111-111111111111',
    };
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    expect((await running.post('/mcp', ping, headers)).status).toBe(404);
    expect((await running.post('/mcp', ping, { accept: headers.accept })).status).toBe(400);
    const begun = await running.post('/mcp', initialize, headers);
    expect(begun.status).toBe(200);
    expect(begun.headers.get('mcp-session-id')).not.toBe(headers['mcp-session-id']);
    await begun.text();
  });

  it('end by DELETE, and are at most so many', async () => {
    await using small = await runApi({ limits: { mcpSessions: 2 } });
    const clients = [];
    for (let n = 0; n < 4; n += 1) {
      const transport = httpTransport(`${small.url}/mcp`);
      clients.push({ transport, mcp: await connectMcp(transport) });
    }
    expect(small.api.mcp.sessionCount).toBe(2);
    await clients[3]?.transport.terminateSession();
    await until(() => small.api.mcp.sessionCount === 1);
    for (const client of clients) await client.mcp.client.close();
  });

  it('offer GET, POST and DELETE alone', async () => {
    const path = { host: '127.0.0.1', port: running.port, path: '/mcp' };
    const begun = await running.post('/mcp', initialize, {
      accept: 'application/json, text/event-stream',
    });
    await begun.text();
    const headers = { 'mcp-session-id': begun.headers.get('mcp-session-id') ?? '' };
    for (const method of ['PUT', 'PATCH', 'OPTIONS', 'TRACE']) {
      const [response] = await once(request({ ...path, method, headers }).end(), 'response');
      expect([method, response.statusCode, response.headers.allow]).toEqual([
        method,
        405,
        'GET, POST, DELETE',
      ]);
      response.resume();
    }
    expect(running.errors).toEqual([]);
  });

  it('answers malformed messages as JSON-RPC does', async () => {
    const malformed = await running.post('/mcp', '{"jsonrpc"', {
      accept: 'application/json, text/event-stream',
    });
    expect([malformed.status, await malformed.json()]).toEqual([
      400,
      { jsonrpc: '2.0', id: null, error: { code: -32700, message: expect.any(String) } },
    ]);
    const large = await running.post('/mcp', { padding: 'x'.repeat(5_000_000) });
    expect(large.status).toBe(413);
    const wrongType = await running.post('/mcp', '{}', { 'content-type': 'text/plain' });
    expect(wrongType.status).toBe(415);
  });
});

describe('createMcpRouter', () => {
  it('mounts in any Express app, behind the same checks', async () => {
    await using router = createMcpRouter({
      store: running.store,
      tasks: running.tasks,
      auth: { token: 'tok', sandboxBlocksNetwork: false },
    });
    const app = express();
    app.use(express.json());
    app.use('/tools/mcp', router.router);
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address of this kind.
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/tools/mcp`;
    expect((await fetch(url)).status).toBe(401);
    await using client = await connectMcp(httpTransport(url, { token: 'tok' }));
    expect((await client.client.listTools()).tools).toHaveLength(10);
    await client.client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
