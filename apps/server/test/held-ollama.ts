import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A model host in front of another one, whose chats wait until they are let go. */
export interface HeldOllama extends AsyncDisposable {
  readonly url: string;
  /** Chats that have been asked for. */
  readonly asked: number;
  /** Chats that were broken off. */
  readonly brokenOff: number;
  /** Lets go of those that wait, and of all that come. */
  letGo(): void;
}

export async function startHeldOllama(upstream: string): Promise<HeldOllama> {
  let held: (() => void)[] | null = [];
  let asked = 0;
  let brokenOff = 0;
  const server = createServer((request, response) => {
    const forward = () => {
      const { method, headers, url = '/' } = request;
      const onward = httpRequest(upstream + url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    };
    if (request.url !== '/api/chat') {
      forward();
      return;
    }
    asked += 1;
    response.on('close', () => {
      if (!response.writableFinished) brokenOff += 1;
    });
    if (held === null) forward();
    else held.push(forward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get asked() {
      return asked;
    },
    get brokenOff() {
      return brokenOff;
    },
    letGo() {
      const waiting = held ?? [];
      held = null;
      for (const forward of waiting) forward();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
