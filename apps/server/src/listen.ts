import type { Server } from 'node:http';
import type { Config } from './config.ts';
import { StartError } from './errors.ts';

export interface Listening {
  /** As this machine reaches it: a wildcard address is told as 127.0.0.1. */
  readonly url: string;
  /** Stops listening at once, ends plain connections, and resolves when the upgraded ones are gone too. */
  close(): Promise<void>;
}

/** Starts to listen. @throws StartError with one line when the port is taken or not allowed */
export async function listen(
  server: Server,
  config: Pick<Config, 'host' | 'port'>,
): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, config)));
    server.listen(config.port, config.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const host = ['0.0.0.0', '::', ''].includes(config.host) ? '127.0.0.1' : config.host;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refusal(
  error: NodeJS.ErrnoException,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Error {
  switch (error.code ?? '') {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} on ${host} is in use. Stop what listens there, or choose another with --port.`,
      );
    case 'EACCES':
      return new StartError(
        `Port ${port} needs rights that this user lacks. Choose one with --port.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`This machine has no address ${host}. Choose another with --host.`);
    default:
      return error;
  }
}
