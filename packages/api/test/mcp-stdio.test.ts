import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { mcpTools } from '../src/mcp/index.ts';
import { connectMcp, initialize } from './support/mcp-client.ts';
import { runApi } from './support/running-api.ts';
import { complete, storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';

const program = fileURLToPath(new URL('./support/stdio-server.ts', import.meta.url));

function inProcess(...args: readonly string[]): StdioClientTransport {
  return new StdioClientTransport({
    command: process.execPath,
    args: ['--conditions=@org/source', program, ...args],
    stderr: 'pipe',
  });
}

describe('MCP over stdio', () => {
  it('offers the same tools in a process of its own, and ends with its client', async () => {
    const transport = inProcess();
    const mcp = await connectMcp(transport);
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(mcpTools.map(({ name }) => name));
    await mcp.call('start_coding_task', { prompt: 'by stdio', task_id: 's1' });
    expect(await mcp.call('get_task_status', { task_id: 's1' })).toMatchObject({
      prompt: 'by stdio',
    });
    const { pid } = transport;
    await mcp.client.close();
    expect(pid).not.toBeNull();
    await until(() => !isRunning(pid ?? 0), 'the process ends');
  });

  it('reaches the owner of the store through a bridge, with its token, notifications too', async () => {
    await using owner = await runApi({ auth: { token: 'tok', sandboxBlocksNetwork: false } });
    await storeTask(owner.store, 'shared');
    await using mcp = await connectMcp(inProcess(`${owner.url}/mcp`, 'tok'));
    expect(await mcp.call('get_task_status', { task_id: 'shared' })).toMatchObject({ version: 4 });
    const updated: string[] = [];
    mcp.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      updated.push(params.uri);
    });
    await mcp.client.subscribeResource({ uri: 'task://shared' });
    await owner.store.append('shared', complete);
    await until(() => updated.length > 0);
    expect(await mcp.call('wait_for_task', { task_id: 'shared' })).toMatchObject({ ended: true });
  });

  it('serves two clients at once, one over stdio and one over a bridge, from one store', async () => {
    await using owner = await runApi();
    await using first = await connectMcp(inProcess(`${owner.url}/mcp`));
    await using second = await connectMcp(inProcess(`${owner.url}/mcp`));
    const { task_id } = await first.call('start_coding_task', { prompt: 'seen by both' });
    expect(await second.call('get_task_status', { task_id })).toMatchObject({
      prompt: 'seen by both',
    });
  });

  it('gives a client of a bridge that does not wait for the answer to initialize all its answers', async () => {
    await using owner = await runApi();
    await storeTask(owner.store, 'early');
    const status = { name: 'get_task_status', arguments: { task_id: 'early' } };
    const answers = await converse(
      [`${owner.url}/mcp`],
      [
        initialize,
        { method: 'notifications/initialized' },
        { id: 2, method: 'tools/call', params: status },
        { id: 3, method: 'ping' },
      ],
    );
    expect(answers).toEqual([
      { jsonrpc: '2.0', id: 1, result: expect.objectContaining({ serverInfo: expect.anything() }) },
      {
        jsonrpc: '2.0',
        id: 2,
        result: expect.objectContaining({
          structuredContent: expect.objectContaining({ version: 4 }),
        }),
      },
      { jsonrpc: '2.0', id: 3, result: {} },
    ]);
  });

  it('gives a client of a bridge that begins again, before it was answered, all its answers', async () => {
    await using owner = await runApi();
    const again = { ...initialize, id: 2 };
    const messages = [initialize, { id: 3, method: 'ping' }, again, { id: 4, method: 'ping' }];
    const serverInfo = expect.objectContaining({ serverInfo: expect.anything() });
    expect(await converse([`${owner.url}/mcp`], messages)).toMatchObject([
      { id: 1, result: serverInfo },
      { id: 2, result: serverInfo },
      { id: 3, result: {} },
      { id: 4, result: {} },
    ]);
  });

  it('tells a client of a bridge why the owner refuses a message', async () => {
    await using owner = await runApi({ auth: { token: 'tok', sandboxBlocksNetwork: false } });
    const url = `${owner.url}/mcp`;
    const early = await converse([url, 'tok'], [{ id: 1, method: 'tools/list' }]);
    expect(early).toMatchObject([
      {
        error: {
          message: expect.stringMatching(
            /^The server that owns the store refuses it: .*send initialize/,
          ),
        },
      },
    ]);
    const uninvited = await converse([url], [initialize]);
    expect(uninvited).toMatchObject([
      { error: { message: expect.stringMatching(/refuses it: Send the header: Authorization/) } },
    ]);
  });

  it('tells a client of a bridge when the owner cannot be reached', async () => {
    await expect(connectMcp(inProcess('http://127.0.0.1:1/mcp'))).rejects.toThrow(
      /cannot be reached/,
    );
  });
});

/** Writes all messages at once to a bridge of its own; gives as many answers as there are requests, by id. */
async function converse(
  args: readonly string[],
  messages: readonly { readonly id?: number; readonly method: string; readonly params?: object }[],
): Promise<readonly unknown[]> {
  const child = spawn(process.execPath, ['--conditions=@org/source', program, ...args]);
  child.stdin.write(
    messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''),
  );
  const expected = messages.filter(({ id }) => id !== undefined).length;
  const answers: { readonly id: number }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    answers.push(JSON.parse(line));
    if (answers.length === expected) break;
  }
  child.stdin.end();
  await once(child, 'close');
  return answers.sort((a, b) => a.id - b.id);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
