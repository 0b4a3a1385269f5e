import { createServer, type Server } from 'node:http';
import type { Api } from '@org/api';
import type { Mode } from './config.ts';

/**
 * A server with the doors that a mode opens: `express` all of them, `http` and `stdio` only `/mcp`
 * (and `/livez`, `/readyz`, `/health`, by which a supervisor sees that it lives).
 */
export function openDoors(api: Api, mode: Mode): Server {
  if (mode === 'express' || mode === 'demo') {
    const server = createServer();
    api.attach(server);
    return server;
  }
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/mcp' || path.startsWith('/mcp/') || probes.has(path)) {
      api.handler(request, response);
      return;
    }
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end(
      JSON.stringify({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail:
          'This server was started with MCP only; --express opens the REST and WebSocket doors.',
      }),
    );
  });
}

const probes: ReadonlySet<string> = new Set(['/livez', '/readyz', '/health']);
