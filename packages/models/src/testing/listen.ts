import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A server that listens. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Ends all connections and the server; twice is fine. */
  readonly close: () => Promise<void>;
}

/** Listens on a port; 0: any free one. Rejects with what the operating system says against it. */
export async function listen(
  handle: RequestListener,
  { port, hostname }: { readonly port: number; readonly hostname: string },
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer(handle);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, resolve);
  });
  const address = server.address() as AddressInfo; // it listens on TCP, see above
  let closing: Promise<void> | undefined;
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${address.port}`,
    port: address.port,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closing;
    },
  };
}
