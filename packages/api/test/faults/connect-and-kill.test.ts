import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heapInUse } from '../support/heap.ts';
import { type RunningApi, runApi } from '../support/running-api.ts';
import { code, storeTask } from '../support/task-events.ts';
import { until } from '../support/until.ts';
import { connectWs } from '../support/ws-client.ts';

const cycles = 1_000;

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running[Symbol.asyncDispose]());

describe('clients that come and go', () => {
  it(`leave nothing after ${cycles} connects and kills, in every state of a connection`, async () => {
    const { store, api } = running;
    await storeTask(store, 'busy');
    let codeVersion = 1;
    const steady = connectWs(running.webSocketUrl('busy'));
    await steady.caughtUp();
    for (let n = 0; n < cycles; n += 1) {
      const client = connectWs(running.webSocketUrl('busy'));
      if (n % 5 === 1)
        await until(
          () => client.socket.readyState === client.socket.OPEN || client.closed !== undefined,
        );
      if (n % 5 === 2) await client.caughtUp();
      if (n % 5 === 3) client.socket.once('upgrade', () => client.socket.terminate());
      if (n % 10 === 4) {
        codeVersion += 1;
        await store.append('busy', code(codeVersion));
      }
      client.socket.terminate();
    }
    await until(() => api.webSocketManager.clientCount() === 1, 'all but one have gone');
    await steady.hasEvents(codeVersion + 3);
    expect(steady.events.map(({ version }) => version)).toEqual(
      Array.from({ length: codeVersion + 3 }, (_, at) => at + 1),
    );
    steady.socket.close();
    await until(() => api.webSocketManager.taskCount === 0);
    expect(api.services.feed.followedTasks).toBe(0);
    await until(async () => (await connections(running)) <= 1, 'the server has no connection left');
    expect(running.errors).toEqual([]);
  });

  it('leave nothing after 300 event streams that are cut off', async () => {
    const { store, api, url } = running;
    await storeTask(store, 'streamed');
    for (let n = 0; n < 300; n += 1) {
      const cut = new AbortController();
      const response = await fetch(`${url}/tasks/streamed/events`, {
        headers: { accept: 'text/event-stream' },
        signal: cut.signal,
      });
      if (n % 2) await response.body?.getReader().read();
      cut.abort();
    }
    await until(() => api.services.feed.followedTasks === 0, 'nobody follows any more');
    expect(running.errors).toEqual([]);
  });

  it('do not make memory grow with the number that has been', async () => {
    const { store } = running;
    await storeTask(store, 'memory');
    const heap = async (rounds: number) => {
      for (let n = 0; n < rounds; n += 1) {
        const client = connectWs(running.webSocketUrl('memory'));
        await client.caughtUp();
        client.socket.terminate();
      }
      await until(() => running.api.webSocketManager.clientCount() === 0);
      return heapInUse();
    };
    await heap(200);
    const before = await heap(200);
    const after = await heap(600);
    expect(after - before).toBeLessThan(600 * 5_000);
  });
});

function connections({ server }: RunningApi): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, open) => (error ? reject(error) : resolve(open)));
  });
}
