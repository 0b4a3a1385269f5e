import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Event, EventStore, NewEvent } from '@org/events';
import type { RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import type { CodingTasks, HealthCheck, QueueFigures } from './coding-tasks.ts';
import type { LagLimits } from './feed/follower.ts';
import { type AdmissionOptions, createAdmission } from './http/admission.ts';
import { changeRoutes } from './http/change-routes.ts';
import { createHttpHandler, type RequestRecord } from './http/http-handler.ts';
import { createApiMetrics } from './http/metrics.ts';
import { operationRoutes } from './http/operation-routes.ts';
import { createRateLimit } from './http/rate-limit.ts';
import type { Route } from './http/route.ts';
import { taskRoutes } from './http/task-routes.ts';
import { workRoutes } from './http/work-routes.ts';
import { createMcp, type Mcp, type McpOptions } from './mcp/create-mcp.ts';
import { createServices, type Services } from './services.ts';
import type { TaskManager } from './task-manager.ts';
import { asksForWebSocket, upgradeListener } from './ws/upgrade.ts';
import { WebSocketManager } from './ws/websocket-manager.ts';

export interface ApiLimits extends LagLimits {
  /** Bytes of a JSON body. @default 4 MiB */
  readonly bodyBytes?: number;
  /** How long a body may take to arrive. @default 15 000 */
  readonly bodyTimeoutMs?: number;
  /** Writes (POST) of one address within a minute. @default 1200 */
  readonly writesPerMinute?: number;
  /** WebSocket clients. @default 10 000 */
  readonly webSocketClients?: number;
  /** Between two pings. @default 30 000 */
  readonly heartbeatMs?: number;
  /** What one health check may take. @default 5000 */
  readonly healthTimeoutMs?: number;
  /** MCP sessions over HTTP; beyond it the longest unused one ends. @default 200 */
  readonly mcpSessions?: number;
  /** States of tasks kept in memory. @default 256 */
  readonly taskStates?: number;
}

export interface ApiHooks {
  /** Every answered request, for an access log. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** Errors that no client was to blame for; `errorId` is what the client was told, if one was. */
  readonly onError?: (error: unknown, errorId: string | null) => void;
}

export interface ApiOptions {
  readonly store: EventStore<Event, NewEvent>;
  readonly tasks: CodingTasks;
  readonly health: HealthCheck;
  readonly queue: QueueFigures;
  readonly auth: AdmissionOptions;
  /** Where the figures go that `/metrics` shows. @default a registry of its own */
  readonly registry?: Registry;
  readonly limits?: ApiLimits;
  readonly hooks?: ApiHooks;
  /** What MCP offers beside, or instead of, the tasks' own tools, prompts and resources. */
  readonly mcp?: Pick<McpOptions, 'tools' | 'prompts' | 'resources'>;
  /** Told at `/openapi.json`, `/mcp` and to MCP clients. @default "0.0.0" */
  readonly version?: string;
  /** What the composition adds behind the API's own routes, e.g. a dashboard at `/`. */
  readonly mounts?: readonly { readonly path: string; readonly handler: RequestHandler }[];
  /** False until everything has started; `/readyz` says so. @default always true */
  readonly isReady?: () => boolean;
  readonly now?: () => number;
  readonly generateId?: () => string;
}

/** REST, WebSocket and MCP over one event store. */
export interface Api {
  /** For `http.createServer`. */
  readonly handler: RequestListener;
  /** Serves requests and WebSocket upgrades of a server. */
  attach(server: Server): void;
  readonly routes: readonly Route[];
  readonly services: Services;
  readonly taskManager: TaskManager;
  readonly webSocketManager: WebSocketManager;
  readonly mcp: Mcp;
  /** From now on: not ready, no writes, no new clients. Reads, health and running clients go on. */
  drain(): void;
  /** Closes all clients and stops following the store. Neither server nor store are closed. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Composes the API. It owns what it makes, and neither the store nor the HTTP server. */
export function createApi(options: ApiOptions): Api {
  const { store, tasks, health, queue, limits = {}, hooks = {} } = options;
  const { version = '0.0.0', now = Date.now, generateId = randomUUID } = options;
  let draining = false;
  const isOpen = () => !draining;
  const onError = (error: unknown, errorId: string | null = null) => {
    metrics.error();
    hooks.onError?.(error, errorId);
  };

  const services = createServices({
    store,
    tasks,
    health,
    queue,
    now,
    onError,
    ...(limits.taskStates !== undefined && { taskStates: limits.taskStates }),
  });
  const { feed, taskManager, isWaiting } = services;
  const following = {
    onLag: () => metrics.lagging(),
    ...(limits.highWaterBytes !== undefined && { highWaterBytes: limits.highWaterBytes }),
    ...(limits.lagLimitMs !== undefined && { lagLimitMs: limits.lagLimitMs }),
  };
  const admission = createAdmission(options.auth);
  const webSocketManager = new WebSocketManager({
    store,
    feed,
    isWaiting,
    now,
    onError,
    ...following,
    ...(limits.heartbeatMs !== undefined && { heartbeatMs: limits.heartbeatMs }),
  });
  const mcp = createMcp(services, {
    ...options.mcp,
    version,
    ...(limits.mcpSessions !== undefined && { maxSessions: limits.mcpSessions }),
    ...(limits.bodyBytes !== undefined && { maxBytes: limits.bodyBytes }),
  });
  const metrics = createApiMetrics(
    {
      webSocketClients: () => webSocketManager.clientCount(),
      mcpSessions: () => mcp.sessionCount,
      activeTasks: () => taskManager.activeTaskIds.length,
    },
    options.registry,
  );

  const routes: readonly Route[] = [
    ...taskRoutes(services, following),
    ...changeRoutes(services),
    ...workRoutes(services),
    ...operationRoutes(services, {
      metrics,
      version,
      isReady: () => isOpen() && (options.isReady?.() ?? true),
      routes: () => [...routes, ...mcp.routes],
      ...(limits.healthTimeoutMs !== undefined && { healthTimeoutMs: limits.healthTimeoutMs }),
    }),
  ];
  const handler = createHttpHandler({
    routes,
    mounts: [{ path: '/mcp', handler: mcp.router }, ...(options.mounts ?? [])],
    admission,
    rateLimit: createRateLimit({ writes: limits.writesPerMinute ?? 1_200, now }),
    limits: {
      ...(limits.bodyBytes !== undefined && { maxBytes: limits.bodyBytes }),
      ...(limits.bodyTimeoutMs !== undefined && { timeoutMs: limits.bodyTimeoutMs }),
    },
    isOpen,
    onRequest(record) {
      const { method, route, status } = record;
      metrics.request({ method, route: route ?? 'none', status }, record.durationMs / 1_000);
      hooks.onRequest?.(record);
    },
    onError,
    generateId,
  });
  const onUpgrade = upgradeListener({
    admission,
    manager: webSocketManager,
    isOpen,
    maxClients: limits.webSocketClients ?? 10_000,
    onUpgrade(request, status) {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      const remoteAddress = request.socket.remoteAddress ?? null;
      const record = { method: 'GET', path, route: '/ws/:task_id', status, durationMs: 0 };
      hooks.onRequest?.({ ...record, remoteAddress });
    },
  });
  const servers = new Set<Server>();

  async function stop(): Promise<void> {
    draining = true;
    for (const server of servers) server.off('request', handler).off('upgrade', onUpgrade);
    webSocketManager.close();
    await mcp.close();
    await services.close();
  }
  let stopped: Promise<void> | undefined;
  const close = () => {
    stopped ??= stop();
    return stopped;
  };

  return {
    handler,
    attach(server) {
      servers.add(server);
      // An option of `createServer` from Node 24.9 on, read at each request; before, offers of another
      // protocol are refused as no handshake.
      Object.assign(server, {
        shouldUpgradeCallback: (request: IncomingMessage) =>
          asksForWebSocket(request) && server.listenerCount('upgrade') > 0,
      });
      server.on('request', handler).on('upgrade', onUpgrade);
    },
    routes: [...routes, ...mcp.routes],
    services,
    taskManager,
    webSocketManager,
    mcp,
    drain() {
      draining = true;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
