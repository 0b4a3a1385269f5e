import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpProblem } from './http-problem.ts';

/** Counts a request; gives the refusal where too many before it on the same connection are unanswered. */
export type PipelineLimit = (
  request: IncomingMessage,
  response: ServerResponse,
) => HttpProblem | undefined;

/**
 * Bounds the requests that a connection has under way. Node serves all that arrive together at once and
 * keeps their answers until the first of them has been read: a thousand fit into one piece of 64 KiB.
 */
export function createPipelineLimit(most = 100): PipelineLimit {
  const underWay = new WeakMap<object, number>();
  return ({ socket }, response) => {
    const count = (underWay.get(socket) ?? 0) + 1;
    underWay.set(socket, count);
    response.on('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    if (count <= most) return undefined;
    const detail = `Read the answers to ${most} requests before more are sent on this connection`;
    return new HttpProblem('unavailable', detail, {
      headers: { 'retry-after': '1', connection: 'close' },
    });
  };
}
