import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { readOwner } from '@org/events/level';
import { type Config, dataPaths } from './config.ts';
import type { Logger } from './logger.ts';

/**
 * Serves MCP over stdio on behalf of the process that owns the store: messages go to its `/mcp` and back.
 * `closed` resolves with the side that has closed. Null where no owner says its address, which one that
 * is just starting is given time for.
 */
export async function attachToOwner(options: {
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<{ readonly closed: Promise<'client' | 'server'> } | null> {
  const { config } = options;
  const paths = dataPaths(config.dataDir);
  const owner = await listeningOwner(paths.events, options.signal);
  if (owner === null) return null;
  const token = config.token ?? (await readFile(paths.token, 'utf8').catch(() => '')).trim();
  const remote = new StreamableHTTPClientTransport(new URL('/mcp', owner.address), {
    requestInit: token === '' ? {} : { headers: { authorization: `Bearer ${token}` } },
  });
  const local = new StdioServerTransport();
  options.logger.info(
    { owner: owner.pid, address: owner.address },
    'attached to the running server',
  );
  return { closed: relay(local, remote, options) };
}

async function relay(
  local: Transport,
  remote: Transport,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<'client' | 'server'> {
  const gone = await new Promise<'client' | 'server'>((resolve) => {
    const clientGone = (): void => resolve('client');
    const serverGone = (): void => resolve('server');
    const forward =
      (to: Transport, end: () => void) => (message: Parameters<Transport['send']>[0]) => {
        to.send(message).catch((error: unknown) => {
          logger.error({ err: error }, 'relaying a message');
          end();
        });
      };
    local.onmessage = forward(remote, serverGone);
    remote.onmessage = forward(local, clientGone);
    local.onclose = clientGone;
    remote.onclose = serverGone;
    local.onerror = (error) => logger.warn({ err: error }, 'stdio');
    remote.onerror = (error) => logger.warn({ err: error }, 'the running server');
    process.stdin.once('end', clientGone);
    process.stdout.on('error', clientGone);
    signal.addEventListener('abort', clientGone, { once: true });
    remote.start().then(() => local.start(), serverGone);
  });
  await Promise.allSettled([local.close(), remote.close()]);
  return gone;
}

/** How long an owner that is starting is waited for, and how often it is looked at, in ms. */
const startingOwner = { limit: 15_000, every: 100 };

async function listeningOwner(path: string, signal: AbortSignal) {
  for (let waited = 0; ; waited += startingOwner.every) {
    const owner = readOwner(path);
    if (owner === null) return null;
    if (owner.address !== null && owner.address !== undefined)
      return { ...owner, address: owner.address };
    if (waited >= startingOwner.limit) return null;
    await delay(startingOwner.every, undefined, { signal });
  }
}
