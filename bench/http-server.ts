/** One of the servers that `rest.ts` measures; says its port, and its CPU (µs) when asked. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodingTasks, createApi } from '@org/api';
import { createEventBackedTasks } from '@org/api/testing';
import { startTask } from '@org/api/wire';
import {
  codingEvents,
  createMemoryEventStore,
  type Event,
  type EventStore,
  type NewEvent,
} from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import express from 'express';
import fastify from 'fastify';

type Input = ReturnType<typeof startTask.schema.parse>;

function answer(input: Input) {
  const task_id = `task-${randomUUID()}`;
  return {
    task_id,
    status: 'created',
    version: 1,
    created_at: new Date().toISOString(),
    websocket_url: `ws://127.0.0.1/ws/${encodeURIComponent(task_id)}`,
    priority: input.priority,
  };
}

const bare: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.stringify(
      answer(startTask.schema.parse(JSON.parse(Buffer.concat(chunks).toString()))),
    );
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
};

/** What users would write; `before` is awaited before each answer. */
function expressApp(before?: (input: Input, taskId: string) => Promise<unknown>): RequestListener {
  const app = express();
  app.use(express.json());
  app.post('/tasks', async (request, response) => {
    const input = startTask.schema.parse(request.body);
    const answered = answer(input);
    if (before) await before(input, answered.task_id);
    response.json(answered);
  });
  return (request, response) => app(request, response);
}

function ours(store: EventStore<Event, NewEvent>, tasks: CodingTasks): Server {
  const server = createServer();
  createApi({
    store,
    tasks,
    health: async () => ({ status: 'ok', checks: [] }),
    queue: () => ({}),
    auth: { token: 'token', sandboxBlocksNetwork: true },
    limits: { writesPerMinute: 1e9 },
    hooks: { onRequest: () => {} },
  }).attach(server);
  return server;
}

/** A port that starts at once and stores nothing. */
function withoutAppend(tasks: CodingTasks): CodingTasks {
  return {
    ...tasks,
    start: async () => ({
      taskId: `task-${randomUUID()}`,
      version: 1,
      createdAt: new Date().toISOString(),
      deduplicated: false,
    }),
  };
}

async function open(name: string): Promise<Server> {
  if (name === 'node') return createServer(bare);
  if (name === 'express') return createServer(expressApp());
  if (name === 'fastify') {
    const app = fastify();
    app.post('/tasks', (request) => Promise.resolve(answer(startTask.schema.parse(request.body))));
    await app.ready();
    return createServer((request, response) => app.routing(request, response));
  }
  if (name === 'ours') {
    const store = createMemoryEventStore(codingEvents);
    return ours(store, withoutAppend(createEventBackedTasks(store)));
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-rest-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

  const store = await openLevelEventStore({ path: join(folder, 'store'), catalog: codingEvents });
  if (name === 'ours, durable') return ours(store, createEventBackedTasks(store));
  const append = ({ prompt, answers, priority }: Input, taskId: string) =>
    store.append(taskId, {
      eventType: 'TASK_CREATED',
      data: { prompt, answers: [...answers], priority },
    });
  return createServer(expressApp(append));
}

process.once('SIGTERM', () => process.exit());
const server = await open(process.argv[2] ?? 'node');
server.listen(0, '127.0.0.1', () => {
  // A server that listens on a port has an address of this kind.
  process.send?.((server.address() as AddressInfo).port);
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
