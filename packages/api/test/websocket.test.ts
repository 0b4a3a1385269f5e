import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectTcp, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { VersionedState } from '../src/client/index.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { code, complete, created, started, storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';
import { connectWs } from './support/ws-client.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running[Symbol.asyncDispose]());

const follow = (taskId: string, query = '') => connectWs(running.webSocketUrl(taskId, query));
const sequences = (messages: readonly { readonly sequence: number }[]) =>
  messages.map(({ sequence }) => sequence);

const canIgnoreUpgrades = 'shouldUpgradeCallback' in createServer();

/** Sends a request that offers an upgrade, byte for byte, and gives all that is answered. */
async function speak(line: string, headers: string): Promise<string> {
  const socket = connectTcp(running.port, '127.0.0.1');
  socket.write(
    `${line} HTTP/1.1\r\nHost: 127.0.0.1:${running.port}\r\nConnection: Upgrade, close\r\n${headers}\r\n\r\n`,
  );
  let answered = '';
  for await (const chunk of socket) answered += String(chunk);
  return answered;
}

describe('WebSocket', () => {
  it('gate 4.6: WebSocket connects; every message has version and sequence; a client at v3 ignores v2', async () => {
    await storeTask(running.store, 'g6');
    const client = follow('g6');
    await client.caughtUp();
    await running.store.append('g6', complete);
    await client.hasEvents(5);
    for (const message of client.messages) {
      expect(Object.keys(message)).toEqual([
        'type',
        'task_id',
        'version',
        'sequence',
        'previous',
        'code_version',
        'event_type',
        'timestamp',
        'data',
      ]);
      expect([typeof message.version, typeof message.sequence]).toEqual(['number', 'number']);
    }
    expect(client.events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    const state = new VersionedState();
    expect(state.update(3, client.events[2]).accepted).toBe(true);
    expect(state.update(2, client.events[1]).accepted).toBe(false);
    client.socket.close();
  });

  it('gate 4.2: three clients of one task receive a broadcast; one that disconnects is gone; one whose send fails does not keep it from the others', async () => {
    await storeTask(running.store, 'g2');
    const { webSocketManager } = running.api;
    const clients = [follow('g2'), follow('g2'), follow('g2')];
    await Promise.all(clients.map((client) => client.caughtUp()));
    const append = async (version: number) => {
      const { events } = await running.store.append('g2', code(version));
      for (const event of events) webSocketManager.broadcast('g2', event);
    };
    await append(2);
    await Promise.all(clients.map((client) => client.hasEvents(5)));
    expect(clients.map(({ events }) => events.at(-1)?.version)).toEqual([5, 5, 5]);

    clients[0]?.socket.close();
    await until(() => webSocketManager.clientCount('g2') === 2);
    // One that vanishes without a word: what is sent to it fails.
    clients[1]?.socket.terminate();
    await append(3);
    await clients[2]?.hasEvents(6);
    expect(clients[2]?.events.at(-1)?.version).toBe(6);
    expect(clients[0]?.events).toHaveLength(5);
    clients[2]?.socket.close();
    await until(() => webSocketManager.clientCount('g2') === 0);
  });

  it('broadcasts an event once, whether the broadcast or the subscription comes first', async () => {
    await storeTask(running.store, 'once');
    const client = follow('once');
    await client.caughtUp();
    const { events } = await running.store.append('once', code(2));
    for (const event of events) {
      running.api.webSocketManager.broadcast('once', event);
      running.api.webSocketManager.broadcast('once', event);
    }
    await running.store.append('once', complete);
    await client.hasEvents(6);
    expect(client.events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const event of events) running.api.webSocketManager.broadcast('once', event);
    client.socket.close();
  });

  it('broadcasts to nobody without doing anything, and keeps nothing of a task whose last client has left', async () => {
    await until(() => running.api.webSocketManager.taskCount === 0);
    const { events } = await storeTask(running.store, 'nobody');
    const [event] = events;
    expect(event && running.api.webSocketManager.broadcast('nobody', event)).toBe(0);
    const client = follow('nobody');
    await client.caughtUp();
    expect(running.api.webSocketManager.taskCount).toBe(1);
    client.socket.close();
    await until(() => running.api.webSocketManager.taskCount === 0);
    expect(running.api.services.feed.followedTasks).toBe(0);
  });

  it('resumes behind after_sequence without gap or repeat, and says when it has caught up', async () => {
    const { firstSequence } = await storeTask(running.store, 'resumed');
    const client = follow('resumed', `?after_sequence=${firstSequence + 1}`);
    await client.caughtUp();
    expect(sequences(client.events)).toEqual([firstSequence + 2, firstSequence + 3]);
    expect(client.events[0]?.previous).toBe(firstSequence + 1);
    await running.store.append('resumed', complete);
    await client.hasEvents(3);
    expect(client.messages.map(({ type }) => type)).toEqual([
      'event',
      'event',
      'caught_up',
      'event',
    ]);
    client.socket.close();
  });

  it('names the previous sequence of the task, so that a client can see a loss', async () => {
    await running.store.append('p1', created());
    await running.store.append('p2', created());
    await running.store.append('p1', started);
    const client = follow('p1');
    await client.caughtUp();
    await running.store.append('p2', started);
    await running.store.append('p1', complete);
    await client.hasEvents(3);
    const [first, second, third] = client.events;
    expect([first?.previous, second?.previous, third?.previous]).toEqual([
      null,
      first?.sequence,
      second?.sequence,
    ]);
    client.socket.close();
  });

  it('takes a resume point beyond the log as its end', async () => {
    await storeTask(running.store, 'ahead');
    const client = follow('ahead', '?after_sequence=999999999');
    await client.caughtUp();
    await running.store.append('ahead', complete);
    await client.hasEvents(1);
    expect(client.events[0]?.event_type).toBe('TASK_COMPLETE');
    client.socket.close();
  });

  it('lets a client wait for a task that has not started, and tells it so', async () => {
    await running.store.append('waits', created());
    const client = follow('waits');
    await until(() => client.messages.some(({ type }) => type === 'waiting'));
    expect(client.messages.map(({ type }) => type)).toEqual(['event', 'caught_up', 'waiting']);
    await running.store.append('waits', started);
    await client.hasEvents(2);
    expect(client.events[1]?.event_type).toBe('TASK_STARTED');
    client.socket.close();
  });

  it('closes with the code 4404 and a reason for an unknown task', async () => {
    const client = follow('unknown');
    await client.isClosed();
    expect(client.closed).toEqual({ code: 4404, reason: 'unknown task' });
    await until(() => running.api.webSocketManager.taskCount === 0);
  });

  it('serves tasks with any name', async () => {
    const taskId = 'a/b\\c ?&# ü😀%';
    await storeTask(running.store, taskId);
    const client = follow(taskId);
    await client.caughtUp();
    expect(client.events[0]?.task_id).toBe(taskId);
    client.socket.close();
  });

  it.each([
    ['/ws', 404],
    ['/ws/', 404],
    ['/ws/a/b', 404],
    ['/other/a', 404],
    ['/ws/%E0%A4%A', 400],
    [`/ws/${'x'.repeat(300)}`, 404],
    ['/ws/t?after_sequence=-1', 400],
    ['/ws/t?after_sequence=abc', 400],
  ])('refuses an upgrade at %s before the handshake', async (path, status) => {
    const client = connectWs(`ws://127.0.0.1:${running.port}${path}`);
    await client.isClosed();
    expect(client.refused).toBe(status);
  });

  it.each([
    ['GET', 'Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ['GET', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short'],
    ['POST', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  ])('refuses by %s with %s as no handshake, in a problem', async (method, headers) => {
    const answer = await speak(`${method} /ws/any`, `Upgrade: websocket\r\n${headers}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"type":"/problems/bad-request"');
  });

  it.skipIf(!canIgnoreUpgrades)(
    'ignores the offer of another protocol: whoever would rather speak HTTP/2 is served',
    async () => {
      expect(await speak('GET /livez', 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk')).toMatch(
        /^HTTP\/1\.1 200 /,
      );
    },
  );

  it('sends what happened together in one write, each message a frame of its own', async () => {
    await storeTask(running.store, 'together');
    const sockets: Socket[] = [];
    const keep = (socket: Socket) => sockets.push(socket);
    running.server.on('connection', keep);
    const client = connectWs(running.webSocketUrl('together'), { protocols: ['coding-events.v1'] });
    await client.caughtUp();
    running.server.off('connection', keep);
    const writes = vi.spyOn(sockets[0] ?? new Socket(), 'write');
    await running.store.append('together', [code(2), code(3), code(4)]);
    await client.hasEvents(7);
    expect(writes).toHaveBeenCalledTimes(1);
    expect(client.socket.protocol).toBe('coding-events.v1');
    expect(client.frames.every((frame) => frame.startsWith('{'))).toBe(true);
    client.socket.close();
  });

  it.each([0, 1_000, 70_000])(
    'frames a message with %d more bytes so that any client reads it whole',
    async (length) => {
      const taskId = `framed-${length}`;
      await storeTask(running.store, taskId);
      const client = follow(taskId);
      await client.caughtUp();
      const texts = ['x', 'ü'.repeat(length / 2), '😀'].map((end) => `${'x'.repeat(length)}${end}`);
      await running.store.append(
        taskId,
        texts.map((text, at) => code(at + 2, text)),
      );
      await client.hasEvents(7);
      const received = client.events.slice(4).map(({ data }) => data.files);
      expect(received).toMatchObject(texts.map((content) => [{ content }]));
      client.socket.close();
    },
  );

  it('takes 4096 bytes of a client; one more closes it with 1009, and the task’s others go on', async () => {
    await storeTask(running.store, 'talkative');
    const [talkative, other] = [follow('talkative'), follow('talkative')];
    await Promise.all([talkative.caughtUp(), other.caughtUp()]);
    talkative.socket.send('x'.repeat(4_096));
    await running.store.append('talkative', code(2));
    await Promise.all([talkative.hasEvents(5), other.hasEvents(5)]);
    talkative.socket.send('x'.repeat(4_097));
    await talkative.isClosed();
    expect(talkative.closed?.code).toBe(1009);
    await running.store.append('talkative', complete);
    await other.hasEvents(6);
    expect([other.closed, talkative.events.length]).toEqual([undefined, 5]);
    other.socket.close();
  });

  it('survives a client that goes in mid-handshake', async () => {
    await storeTask(running.store, 'hasty');
    for (let n = 0; n < 20; n += 1) {
      const socket = connectTcp(running.port, '127.0.0.1');
      await once(socket, 'connect');
      const request = [
        'GET /ws/hasty HTTP/1.1',
        `Host: 127.0.0.1:${running.port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ].join('\r\n');
      socket.write(`${request}\r\n\r\n`);
      if (n % 2) socket.resetAndDestroy();
      else socket.destroy();
    }
    const client = follow('hasty');
    await client.caughtUp();
    client.socket.close();
    await until(() => running.api.webSocketManager.clientCount() === 0);
    expect(running.errors).toEqual([]);
  });

  it('finds dead peers by ping and cuts them off', async () => {
    await using quick = await runApi({ limits: { heartbeatMs: 20 } });
    await storeTask(quick.store, 'dead');
    const dead = connectWs(quick.webSocketUrl('dead'), { autoPong: false });
    const alive = connectWs(quick.webSocketUrl('dead'));
    await Promise.all([dead.caughtUp(), alive.caughtUp()]);
    await dead.isClosed();
    expect(alive.closed).toBeUndefined();
    expect(quick.api.webSocketManager.clientCount('dead')).toBe(1);
    alive.socket.close();
  });

  it('closes clients with 1001 when the server stops, and takes no more', async () => {
    const stopping = await runApi();
    await storeTask(stopping.store, 's');
    const client = connectWs(stopping.webSocketUrl('s'));
    await client.caughtUp();
    stopping.api.drain();
    const late = connectWs(stopping.webSocketUrl('s'));
    await late.isClosed();
    expect(late.refused).toBe(503);
    await stopping[Symbol.asyncDispose]();
    await stopping.api.close();
    await client.isClosed();
    expect(client.closed?.code).toBe(1001);
  });

  it('has a limit on clients', async () => {
    await using small = await runApi({ limits: { webSocketClients: 1 } });
    await storeTask(small.store, 'l');
    const first = connectWs(small.webSocketUrl('l'));
    await first.caughtUp();
    const second = connectWs(small.webSocketUrl('l'));
    await second.isClosed();
    expect(second.refused).toBe(503);
    first.socket.close();
  });

  it('goes on when the store’s subscription breaks and comes back', async () => {
    let breaks = 1;
    const broken = new Proxy(running.store, {
      get(store, key) {
        if (key !== 'subscribe') return Reflect.get(store, key);
        return (...args: Parameters<typeof store.subscribe>) => {
          if (breaks > 0) {
            breaks -= 1;
            throw new Error('The disk hiccups');
          }
          return store.subscribe(...args);
        };
      },
    });
    await using hiccup = await runApi({ store: broken });
    await storeTask(running.store, 'hiccup');
    const client = connectWs(hiccup.webSocketUrl('hiccup'));
    await client.caughtUp();
    await running.store.append('hiccup', complete);
    await client.hasEvents(5);
    expect(client.events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    client.socket.close();
  });
});
