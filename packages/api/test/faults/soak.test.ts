import { describe, expect, it } from 'vitest';
import { heapInUse } from '../support/heap.ts';
import { connectMcp, httpTransport } from '../support/mcp-client.ts';
import { levelStore, type RunningApi, runApi } from '../support/running-api.ts';
import { code, complete, planned, started } from '../support/task-events.ts';
import { until } from '../support/until.ts';
import { connectWs } from '../support/ws-client.ts';

const tasks = 10_000;
const cycle = 1_000;
const together = 20;
/** The list of tasks keeps 4 096 of them in memory; the rest is room for the heap's own mood. */
const bytesPerTask = 900;

describe('a soak in miniature', () => {
  it(`${tasks} tasks with clients that come and go leave little behind`, async () => {
    await using folder = await levelStore();
    const store = await folder.open();
    await using running = await runApi({
      store,
      limits: { writesPerMinute: Number.POSITIVE_INFINITY, mcpSessions: 20 },
    });
    const heaps: number[] = [];
    for (let first = 0; first < tasks; first += cycle) {
      await Promise.all(
        Array.from({ length: together }, async (_, lane) => {
          for (let n = first + lane; n < first + cycle; n += together) await live(running, n);
        }),
      );
      await until(() => running.api.webSocketManager.clientCount() === 0, 'all have gone');
      await (await running.get('/tasks?status=completed&limit=5')).text();
      heaps.push(await heapInUse());
    }
    const { api } = running;
    expect(running.errors).toEqual([]);
    expect([api.services.index.size, api.taskManager.activeTaskIds]).toEqual([tasks, []]);
    expect([api.webSocketManager.taskCount, api.services.feed.followedTasks]).toEqual([0, 0]);
    const [warm = 0, ...later] = heaps.slice(2);
    const growth = ((later.at(-1) ?? 0) - warm) / (later.length * cycle);
    expect(growth).toBeLessThan(bytesPerTask);
  });
});

/** A task from its start to its end, in one of the ways in which clients take part in it. */
async function live(running: RunningApi, n: number): Promise<void> {
  const { store, url } = running;
  const taskId = `task-${n}`;
  const { status } = await running.post('/tasks', { prompt: `Task ${n}`, task_id: taskId });
  expect(status).toBe(200);
  const client = connectWs(running.webSocketUrl(taskId));
  if (n % 4 === 0) client.socket.terminate();
  if (n % 4 === 1) await client.caughtUp();
  if (n % 50 === 2) {
    await using mcp = await connectMcp(httpTransport(`${url}/mcp`));
    await mcp.call('get_task_status', { task_id: taskId });
  }
  if (n % 10 === 3) {
    const cut = new AbortController();
    const headers = { accept: 'text/event-stream' };
    const response = await fetch(`${url}/tasks/${taskId}/events`, { headers, signal: cut.signal });
    await response.body?.getReader().read();
    cut.abort();
  }
  await store.append(taskId, [started, planned, code(1), complete]);
  if (n % 4 === 2) await client.hasEvents(5);
  if (n % 4 === 3) client.socket.close();
  else client.socket.terminate();
}
