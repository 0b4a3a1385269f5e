import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Api, createApi } from '@org/api';
import { createEventBackedTasks } from '@org/api/testing';
import { codingEvents, createMemoryEventStore } from '@org/events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDoors } from '../src/doors.ts';

const patience = { headersMs: 100, requestMs: 200, checkMs: 20 };
const store = createMemoryEventStore(codingEvents);
const doors: { readonly mode: 'express' | 'http'; readonly api: Api; readonly server: Server }[] =
  [];

beforeAll(async () => {
  for (const mode of ['express', 'http'] as const) {
    const api = createApi({
      store,
      tasks: createEventBackedTasks(store),
      health: async () => ({ status: 'ok', checks: [] }),
      queue: () => ({}),
      auth: { token: null, sandboxBlocksNetwork: true },
      limits: { bodyTimeoutMs: 100 },
    });
    const server = openDoors(api, mode, patience);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    doors.push({ mode, api, server });
  }
});
afterAll(async () => {
  for (const { api, server } of doors) {
    await api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await store.close();
});

interface Conversation {
  readonly socket: Socket;
  answer: string;
  isClosed: boolean;
}

function converse(server: Server, begin: string): Conversation {
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const conversation: Conversation = { socket, answer: '', isClosed: false };
  socket.on('data', (chunk) => {
    conversation.answer += String(chunk);
  });
  socket.on('end', () => {
    conversation.isClosed = true;
    socket.destroy();
  });
  socket.on('error', () => {
    conversation.isClosed = true;
  });
  socket.write(begin.replace('HOST', `127.0.0.1:${port}`));
  return conversation;
}

/** Sends a byte as long as the other side listens. */
function trickle({ socket }: Conversation): void {
  const next = () => {
    if (!socket.destroyed) socket.write('x', () => setTimeout(next, 5));
  };
  next();
}

const isClosed = (conversation: Conversation) =>
  vi.waitFor(() => expect(conversation.isClosed).toBe(true), { timeout: 15_000 });

const openConnections = (server: Server) =>
  new Promise<number>((resolve, reject) => {
    server.getConnections((error, open) => (error ? reject(error) : resolve(open)));
  });

const json = 'Host: HOST\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n';

describe.each(['express', 'http'] as const)('a client that takes its time (--%s)', (mode) => {
  const door = () => {
    const found = doors.find((one) => one.mode === mode);
    if (found === undefined) throw new Error(`No server in the mode ${mode}`);
    return found;
  };

  it.each([
    ['says nothing', ''],
    ['stops in its headers', 'GET /livez HTTP/1.1\r\nHost: HOST\r\nA: b'],
  ])('and %s is answered 408 and closed', async (_what, begin) => {
    const conversation = converse(door().server, begin);
    await isClosed(conversation);
    expect(conversation.answer).toMatch(/^HTTP\/1\.1 408 .*\r\nConnection: close/);
  });

  it('and sends its headers byte by byte, without end, is answered 408 and closed', async () => {
    const conversation = converse(door().server, 'GET /livez HTTP/1.1\r\nHost: HOST\r\nA: ');
    trickle(conversation);
    await isClosed(conversation);
    expect(conversation.answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each(mode === 'express' ? ['/tasks', '/mcp', '/mcp/tools/call'] : ['/mcp', '/mcp/tools/call'])(
    'and sends the body of %s byte by byte is answered 408 and closed',
    async (path) => {
      const conversation = converse(door().server, `POST ${path} HTTP/1.1\r\n${json}\r\n{`);
      trickle(conversation);
      await isClosed(conversation);
      expect(conversation.answer).toMatch(/^HTTP\/1\.1 408 /);
    },
  );

  it('and of whom there are 200 keeps nobody else from an answer, and leaves nothing', async () => {
    const { server } = door();
    const slow = Array.from({ length: 200 }, (_, n) =>
      converse(server, n % 2 ? `POST /mcp HTTP/1.1\r\n${json}\r\n{` : 'GET /livez HTTP/1.1\r\nA'),
    );
    const prompt = converse(
      server,
      'GET /livez HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n',
    );
    await isClosed(prompt);
    expect(prompt.answer).toMatch(/^HTTP\/1\.1 200 /);
    for (const conversation of slow) await isClosed(conversation);
    await vi.waitFor(async () => expect(await openConnections(server)).toBe(0));
  });
});

describe('a half-open connection', () => {
  it.each([
    ['nothing said', ''],
    ['half a request said', 'POST /tasks HTTP/1.1\r\nHost: HOST\r\nContent-Le'],
    ['half a body sent', `POST /tasks HTTP/1.1\r\n${json}\r\n{"prompt"`],
    [
      'an event stream asked for',
      'GET /tasks/half/events HTTP/1.1\r\nHost: HOST\r\nAccept: text/event-stream\r\n\r\n',
    ],
    [
      'a WebSocket opened',
      'GET /ws/half HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ],
  ])(
    'whose client has closed its side, with %s, is closed and leaves nothing',
    async (what, begin) => {
      const [express] = doors;
      if (express === undefined) throw new Error('No server');
      const { api, server } = express;
      if ((await store.taskHead('half')) === undefined) {
        await store.append('half', { eventType: 'TASK_CREATED', data: { prompt: 'p' } });
      }
      const conversation = converse(server, begin);
      if (what.startsWith('a'))
        await vi.waitFor(() => expect(conversation.answer).toContain('sequence'));
      conversation.socket.end();
      await isClosed(conversation);
      await vi.waitFor(async () => expect(await openConnections(server)).toBe(0));
      expect(api.webSocketManager.clientCount()).toBe(0);
      expect(api.services.feed.followedTasks).toBe(0);
    },
  );

  it.runIf(process.platform === 'linux')(
    'whose client has gone without a word is found by the kernel, which asks now and then',
    async () => {
      const [express] = doors;
      if (express === undefined) throw new Error('No server');
      const { server } = express;
      const conversation = converse(server, '');
      await vi.waitFor(async () => expect(await openConnections(server)).toBe(1));
      const hex = (port: number | undefined) =>
        `0100007F:${(port ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
      const { localPort, remotePort } = conversation.socket;
      const line = readFileSync('/proc/net/tcp', 'utf8')
        .split('\n')
        .find((entry) => entry.includes(`${hex(remotePort)} ${hex(localPort)}`));
      // The sixth column is the timer that runs: 02 asks whether the peer is alive (proc(5)).
      expect(line?.trim().split(/\s+/)[5]).toMatch(/^02:/);
      await isClosed(conversation);
    },
  );
});
