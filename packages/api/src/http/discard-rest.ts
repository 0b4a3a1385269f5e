import type { IncomingMessage } from 'node:http';

const most = 64 * 1_048_576;
const longestMs = 5_000;

/**
 * Reads on and throws away what is left of a body whose answer is already known, so that the sender
 * comes to read it: a connection closed under what is still being sent is reset, and the answer lost.
 * Who sends more than 64 MiB, or for longer than 5 s, is cut off.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = most;
  const timer = setTimeout(() => request.destroy(), longestMs);
  timer.unref();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.on('close', () => clearTimeout(timer));
  request.resume();
}
