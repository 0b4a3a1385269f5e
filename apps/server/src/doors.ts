import { createServer, type Server } from 'node:http';
import { type Api, securityHeaders } from '@org/api';
import type { Mode } from './config.ts';

/** How long a client may take to ask; then it is answered 408 and its connection closed. */
export interface Patience {
  /** From the connection, or the answer before, to the end of the headers. @default 15 000 */
  readonly headersMs?: number;
  /** To the end of the body. @default 60 000 */
  readonly requestMs?: number;
  /** Between two looks at who takes too long: it may take so much longer. @default 1000 */
  readonly checkMs?: number;
}

/**
 * A server with the doors that a mode opens: `express` all of them, `http` and `stdio` only `/mcp`
 * (and `/livez`, `/readyz`, `/health`, by which a supervisor sees that it lives).
 */
export function openDoors(api: Api, mode: Mode, patience: Patience = {}): Server {
  const { headersMs = 15_000, requestMs = 60_000, checkMs = 1_000 } = patience;
  const options = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    // Finds peers that have gone without a word, e.g. those of event streams.
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };
  if (mode === 'express' || mode === 'demo') {
    const server = createServer(options);
    api.attach(server);
    return server;
  }
  return createServer(options, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/mcp' || path.startsWith('/mcp/') || probes.has(path)) {
      api.handler(request, response);
      return;
    }
    response.writeHead(404, {
      ...securityHeaders,
      'content-type': 'application/problem+json; charset=utf-8',
    });
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
