import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The API's own figures, in the registry that `/metrics` shows. */
export interface ApiMetrics {
  readonly registry: Registry;
  request(labels: { method: string; route: string; status: number }, seconds: number): void;
  lagging(): void;
  error(): void;
}

export interface LiveFigures {
  readonly webSocketClients: () => number;
  readonly mcpSessions: () => number;
  readonly activeTasks: () => number;
}

/** Names carry units; no label carries a task id. */
export function createApiMetrics(live: LiveFigures, registry = new Registry()): ApiMetrics {
  const registers = [registry];
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request’s head to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const lagging = new Counter({
    name: 'clients_lagging_total',
    help: 'Times a WebSocket or event stream was paused because it read too slowly',
    registers,
  });
  const errors = new Counter({
    name: 'api_errors_total',
    help: 'Errors that no client was to blame for',
    registers,
  });
  gauge('websocket_clients', 'WebSocket clients connected', live.webSocketClients);
  gauge('mcp_sessions', 'MCP sessions over HTTP', live.mcpSessions);
  gauge('tasks_active', 'Tasks under way that this process started', live.activeTasks);

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }

  return {
    registry,
    request: (labels, seconds) => requests.observe(labels, seconds),
    lagging: () => lagging.inc(),
    error: () => errors.inc(),
  };
}
