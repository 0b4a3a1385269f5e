import type { IncomingMessage, ServerResponse } from 'node:http';
import { createFollower, type FollowerOptions } from '../feed/follower.ts';
import { drained } from '../ws/websocket-sink.ts';
import { securityHeaders } from './reply.ts';

const keepAlive = ': keep-alive\n\n';

/**
 * Answers with a task's events as `text/event-stream`: what is stored behind `after`, then live.
 * Each event's id is its sequence, so that a browser resumes by itself. Ends with the connection.
 */
export function streamEvents(
  request: IncomingMessage,
  response: ServerResponse,
  options: FollowerOptions & { readonly keepAliveMs?: number },
): void {
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  const follower = createFollower(
    {
      send({ messages }) {
        response.write(Buffer.concat(messages.map(({ block }) => block)));
      },
      say(message) {
        response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
      },
      backlog: () => response.writableLength,
      drained: (signal) => drained(response, signal),
      end: () => response.end(),
    },
    options,
  );
  const timer = setInterval(() => {
    if (response.writableLength === 0) response.write(keepAlive);
  }, options.keepAliveMs ?? 15_000);
  timer.unref();
  response.on('error', () => response.destroy());
  response.on('close', () => {
    clearInterval(timer);
    follower.close();
  });
}
