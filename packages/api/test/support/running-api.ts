import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  codingEvents,
  createMemoryEventStore,
  type Event,
  type EventStore,
  type NewEvent,
} from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { type Api, type ApiOptions, type CodingTasks, createApi } from '../../src/index.ts';
import { createEventBackedTasks, type EventBackedTasksOptions } from '../../src/testing/index.ts';

export type Store = EventStore<Event, NewEvent>;

/** An API that listens on a port of its own. */
export interface RunningApi {
  readonly api: Api;
  readonly server: Server;
  readonly store: Store;
  readonly tasks: CodingTasks;
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Errors that the API called its own. */
  readonly errors: unknown[];
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  webSocketUrl(taskId: string, query?: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RunOptions extends Partial<ApiOptions> {
  readonly tasksOptions?: EventBackedTasksOptions;
  /** @default "127.0.0.1" */
  readonly listenOn?: string;
}

export async function runApi({
  tasksOptions,
  listenOn,
  ...options
}: RunOptions = {}): Promise<RunningApi> {
  const store = options.store ?? createMemoryEventStore(codingEvents);
  const tasks = options.tasks ?? createEventBackedTasks(store, tasksOptions);
  const errors: unknown[] = [];
  const api = createApi({
    store,
    tasks,
    health: async () => ({ status: 'ok', checks: [] }),
    queue: () => ({}),
    auth: { token: 'secret-token', sandboxBlocksNetwork: true },
    hooks: { onError: (error) => errors.push(error) },
    ...options,
  });
  const server = createServer();
  api.attach(server);
  await new Promise<void>((resolve) => server.listen(0, listenOn ?? '127.0.0.1', resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    api,
    server,
    store,
    tasks,
    port,
    url,
    errors,
    get: (path, headers = {}) => fetch(url + path, { headers }),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    webSocketUrl: (taskId, query = '') =>
      `ws://127.0.0.1:${port}/ws/${encodeURIComponent(taskId)}${query}`,
    async [Symbol.asyncDispose]() {
      await api.close();
      api.webSocketManager.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.store === undefined) await store.close();
    },
  };
}

/** A durable store in a folder of its own, which goes with it. */
export async function levelStore(): Promise<{
  readonly path: string;
  readonly open: () => Promise<Store>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'api-test-'));
  const path = join(folder, 'store');
  const opened: Store[] = [];
  return {
    path,
    async open() {
      const store = await openLevelEventStore({ path, catalog: codingEvents });
      opened.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of opened) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
