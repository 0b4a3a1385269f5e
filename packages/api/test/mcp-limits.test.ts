import { afterAll, beforeAll, expect, it } from 'vitest';
import { answer } from './support/answer.ts';
import { connectMcp, httpTransport, initialize } from './support/mcp-client.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { storeTask } from './support/task-events.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
  await storeTask(running.store, 't');
});
afterAll(() => running[Symbol.asyncDispose]());

it('an initialize that is too long to be kept with its session is refused, and none begins', async () => {
  const { params } = initialize;
  const begin = (title: string) =>
    running.post(
      '/mcp',
      { ...initialize, params: { ...params, clientInfo: { ...params.clientInfo, title } } },
      { accept: 'application/json, text/event-stream' },
    );
  expect(await answer(begin('x'.repeat(70_000)))).toMatchObject({
    status: 413,
    body: { jsonrpc: '2.0', error: { code: -32600, message: expect.stringContaining('65536') } },
  });
  expect(running.api.mcp.sessionCount).toBe(0);
  const begun = await begin('x'.repeat(60_000));
  await begun.text();
  expect([begun.status, running.api.mcp.sessionCount]).toEqual([200, 1]);
});

it('subscriptions beyond what is kept of a session are refused until others are given up', async () => {
  await using mcp = await connectMcp(httpTransport(`${running.url}/mcp`));
  const uri = (n: number) => `task://t/files/${n}${'x'.repeat(100_000)}`;
  for (const n of [1, 2]) await mcp.client.subscribeResource({ uri: uri(n) });
  const third = () => mcp.client.subscribeResource({ uri: uri(3) });
  await expect(third()).rejects.toMatchObject({ code: -32602 });
  await mcp.client.subscribeResource({ uri: uri(1) });
  await mcp.client.unsubscribeResource({ uri: uri(1) });
  await third();
});
