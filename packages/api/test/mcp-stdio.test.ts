import { fileURLToPath } from 'node:url';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { mcpTools } from '../src/mcp/index.ts';
import { connectMcp } from './support/mcp-client.ts';
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

  it('tells a client of a bridge when the owner cannot be reached', async () => {
    await expect(connectMcp(inProcess('http://127.0.0.1:1/mcp'))).rejects.toThrow(
      /cannot be reached/,
    );
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
