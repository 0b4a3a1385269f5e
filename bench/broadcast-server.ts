/** One of the servers that `broadcast.ts` measures. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createApi } from '@org/api';
import { createEventBackedTasks } from '@org/api/testing';
import { codingEvents, createMemoryEventStore, type Event, type NewEvent } from '@org/events';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';

/** Sends `count` events that happen together to every client; resolves when they are handed over. */
type Broadcast = (count: number) => Promise<void> | void;

const server = createServer();
const name = process.argv[2] ?? '';
const broadcast = await open(name, server);
server.listen(0, '127.0.0.1', () => {
  // A server that listens on a port has an address of this kind.
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('message', (message: { readonly count: number }) => void obey(message.count));

async function obey(count: number): Promise<void> {
  const cpu = process.cpuUsage();
  const at = process.hrtime.bigint();
  await broadcast(count);
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ at: String(at), cpu: user + system, rss: process.memoryUsage().rss });
}

async function open(which: string, on: Server): Promise<Broadcast> {
  if (which === 'socket.io') return socketIo(on);
  if (which.startsWith('ours')) return ours(on, which === 'ours, from the store');
  const webSockets = new WebSocketServer({ server: on, perMessageDeflate: false });
  const sockets = new Set<Duplex>();
  on.on('upgrade', (_request, socket) => {
    sockets.add(socket);
  });
  let sequence = 1;
  const each = (send: (message: object) => void) => (count: number) => {
    for (let n = 0; n < count; n += 1) {
      sequence += 1;
      send(message(sequence));
    }
  };
  if (which === 'net, one frame') {
    return each((told) => {
      const frame = textFrame(Buffer.from(JSON.stringify(told)));
      for (const socket of sockets) socket.write(frame);
    });
  }
  if (which === 'ws, one buffer') {
    return each((told) => {
      const buffer = Buffer.from(JSON.stringify(told));
      for (const client of webSockets.clients) client.send(buffer, { binary: false });
    });
  }
  return each((told) => {
    for (const client of webSockets.clients) client.send(JSON.stringify(told));
  });
}

function socketIo(on: Server): Broadcast {
  const io = new SocketIo(on, {
    transports: ['websocket'],
    perMessageDeflate: false,
    pingInterval: 3_600_000,
    serveClient: false,
  });
  let sequence = 1;
  return (count) => {
    for (let n = 0; n < count; n += 1) {
      sequence += 1;
      io.emit('event', message(sequence));
    }
  };
}

/** Our API; either handed events, or following a store to which they are appended. */
async function ours(on: Server, isFromStore: boolean): Promise<Broadcast> {
  const store = createMemoryEventStore(codingEvents);
  const api = createApi({
    store,
    tasks: createEventBackedTasks(store),
    health: async () => ({ status: 'ok', checks: [] }),
    queue: () => ({}),
    auth: { token: null, sandboxBlocksNetwork: true },
    // The receivers are plain sockets and answer no ping, as above.
    limits: { heartbeatMs: 3_600_000 },
  });
  api.attach(on);
  const stored = await store.append('task', { eventType: 'TASK_CREATED', data: { prompt: 'p' } });
  let last: Event | undefined = stored.events[0];
  if (isFromStore) {
    return async (count) => {
      await store.append('task', Array.from({ length: count }, newEvent));
    };
  }
  return (count) => {
    const events: Event[] = [];
    for (let n = 0; n < count; n += 1) {
      if (last === undefined) throw new Error('The store gave nothing back');
      const { sequence, version } = last;
      // A stored event of the type that `newEvent` makes, as the store would give it.
      last = { ...last, ...newEvent(), sequence: sequence + 1, version: version + 1 } as Event;
      events.push(last);
    }
    api.webSocketManager.broadcast('task', events);
  };
}

function newEvent(): NewEvent & { readonly eventType: 'CORRECTION_COMPLETED' } {
  return { eventType: 'CORRECTION_COMPLETED', data: { module: 'm'.repeat(180), fromVersion: 1 } };
}

/** What ours sends for such an event, built afresh. */
function message(sequence: number): object {
  const { data, eventType } = newEvent();
  return {
    type: 'event',
    task_id: 'task',
    version: sequence,
    sequence,
    previous: sequence - 1,
    code_version: 0,
    event_type: eventType,
    timestamp: '2026-11-23T10:00:00.000Z',
    data: { module: data.module, from_version: data.fromVersion },
  };
}

/** An unmasked text frame of a length below 65 536 (RFC 6455). */
function textFrame(payload: Buffer): Buffer {
  const head = Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, payload]);
}
