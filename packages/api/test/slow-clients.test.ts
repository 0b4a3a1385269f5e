import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { runApi } from './support/running-api.ts';
import { code, storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';
import { connectWs } from './support/ws-client.ts';

const big = 'x'.repeat(100_000);

const lagged = async (metrics: Response) =>
  /clients_lagging_total [1-9]/.test(await metrics.text());

describe('a slow reader', () => {
  it('is paused above the limit, served from the store when it has drained, and gets everything once', async () => {
    await using running = await runApi({ limits: { highWaterBytes: 200_000 } });
    await storeTask(running.store, 'slow');
    const slow = connectWs(running.webSocketUrl('slow'));
    const quick = connectWs(running.webSocketUrl('slow'));
    await Promise.all([slow.caughtUp(), quick.caughtUp()]);
    slow.socket.pause();
    for (let version = 2; version <= 120; version += 1) {
      await running.store.append('slow', code(version, big));
    }
    await quick.hasEvents(123);
    await until(async () => lagged(await running.get('/metrics')));
    slow.socket.resume();
    await slow.hasEvents(123);
    expect(slow.events.map(({ version }) => version)).toEqual(
      quick.events.map(({ version }) => version),
    );
    await running.store.append('slow', code(121));
    await Promise.all([slow.hasEvents(124), quick.hasEvents(124)]);
    expect(new Set(slow.events.map(({ sequence }) => sequence)).size).toBe(124);
    slow.socket.close();
    quick.socket.close();
  });

  it('is closed with 4408 only when it stays behind', async () => {
    await using running = await runApi({ limits: { highWaterBytes: 100_000, lagLimitMs: 50 } });
    await storeTask(running.store, 'stuck');
    const stuck = connectWs(running.webSocketUrl('stuck'));
    await stuck.caughtUp();
    stuck.socket.pause();
    for (let version = 2; version <= 120; version += 1) {
      await running.store.append('stuck', code(version, big));
    }
    await until(async () => lagged(await running.get('/metrics')));
    const ended = once(stuck.socket, 'close');
    await until(() => running.api.services.feed.followedTasks === 0, 'it is given up');
    stuck.socket.resume();
    const [closeCode] = await ended;
    expect(closeCode).toBe(4408);
    await until(() => running.api.webSocketManager.clientCount() === 0);
  });

  it('of an event stream is paused and resynchronised too', async () => {
    await using running = await runApi({ limits: { highWaterBytes: 100_000 } });
    await storeTask(running.store, 'sse-slow');
    const response = await running.get('/tasks/sse-slow/events', { accept: 'text/event-stream' });
    for (let version = 2; version <= 120; version += 1) {
      await running.store.append('sse-slow', code(version, big));
    }
    await until(async () => lagged(await running.get('/metrics')));
    const ids: number[] = [];
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let line = '';
    while (ids.length < 123) {
      const lines = (line + ((await reader?.read())?.value ?? '')).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines) if (whole.startsWith('id: ')) ids.push(Number(whole.slice(4)));
    }
    expect(ids).toEqual(Array.from({ length: 123 }, (_, n) => n + 1));
    await reader?.cancel();
    await until(() => running.api.services.feed.followedTasks === 0);
  });
});
