import { type EventMessage, type FollowStatus, followTask } from '@org/api/client';
import { startOllamaStandIn } from '@org/models/testing';
import { expect, it, vi } from 'vitest';
import { sumAnswers } from './answers.ts';
import { type Json, request } from './client.ts';
import { killAndRestart } from './crash.ts';
import { mcpOverHttp } from './mcp.ts';
import { dataFolder, startServer } from './server-process.ts';

it('kill -9 in mid-task, twice, and a restart finish the task without repeating a finished step', async () => {
  await killAndRestart([
    { afterEvents: 5, delayMs: 15 },
    { afterEvents: 10, delayMs: 5 },
  ]);
});

it('followTask and an MCP session outlive two kill -9 of the server in mid-task: exactly the log, in order; each start logs the task that it resumes', async () => {
  await using standIn = await startOllamaStandIn({ script: sumAnswers, tokensPerSecond: 400 });
  await using data = await dataFolder();
  const options = { dataDir: data.path, ollamaHost: standIn.url };
  const events: EventMessage[] = [];
  const statuses: FollowStatus[] = [];
  const hasEvents = (count: number) =>
    vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(count), { timeout: 20_000 });

  const first = await startServer(options);
  const { body: started } = await request(`${first.url}/tasks`, {
    body: { prompt: 'Write a sum function' },
  });
  using subscription = followTask({
    url: started.websocket_url,
    firstRetryMs: 5,
    longestRetryMs: 50,
    onEvent: (message) => events.push(message),
    onStatus: (status) => statuses.push(status),
  });
  const mcp = await mcpOverHttp(first.url);
  const statusByMcp = async (): Promise<Json> =>
    mcp.callTool({ name: 'get_task_status', arguments: { task_id: started.task_id } });
  // The address that the client was given has to stay the server's.
  const again = { ...options, args: ['--port', new URL(first.url).port] };
  await hasEvents(5);
  await first.end('SIGKILL');

  const second = await startServer(again);
  expect(second.log.filter(({ msg }) => msg === 'task resumed')).toMatchObject([
    { taskId: started.task_id },
  ]);
  expect((await statusByMcp()).structuredContent.task_id).toBe(started.task_id);
  await hasEvents(10);
  await second.end('SIGKILL');

  await using third = await startServer(again);
  await vi.waitFor(
    () => expect(events.map(({ event_type }) => event_type)).toContain('TASK_COMPLETE'),
    { timeout: 20_000 },
  );
  const told = () => events.map((event) => [event.sequence, event.version, event.data]);
  await vi.waitFor(async () => {
    const { body } = await request(`${third.url}/tasks/${started.task_id}/events?limit=100`);
    const log = body.items.map((event: Json) => [event.sequence, event.version, event.data]);
    expect(told()).toEqual(log);
  });
  expect((await statusByMcp()).structuredContent.status).toBe('completed');
  await mcp.close();
  expect(statuses.filter((status) => status === 'reconnecting').length).toBeGreaterThanOrEqual(2);
  expect(subscription.last).toBe(events.at(-1)?.sequence);
});
