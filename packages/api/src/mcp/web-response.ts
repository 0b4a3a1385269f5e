import type { IncomingMessage, ServerResponse } from 'node:http';
import { securityHeaders } from '../http/reply.ts';

/** A Node request's head as a web `Request`; the body, read before, is handed on apart. */
export function webRequest(request: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return new Request(`http://localhost${request.url ?? '/'}`, {
    method: request.method ?? 'GET',
    headers,
  });
}

/** Writes a web `Response` to a Node response; ends its stream when the client goes. */
export async function sendWebResponse(web: Response, response: ServerResponse): Promise<void> {
  response.writeHead(web.status, { ...securityHeaders, ...Object.fromEntries(web.headers) });
  const reader = web.body?.getReader();
  if (reader === undefined) {
    response.end();
    return;
  }
  response.flushHeaders();
  response.on('close', () => {
    // Cancelling a stream that has ended says so by rejecting.
    reader.cancel().catch(() => {});
  });
  for (;;) {
    const { done, value } = await reader.read();
    if (done || response.destroyed) break;
    if (!response.write(value)) await drainedOrClosed(response);
  }
  response.end();
}

function drainedOrClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
