import { readFile } from 'node:fs/promises';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { readOwner } from '@org/events/level';
import { type Config, dataPaths } from './config.ts';
import type { Logger } from './logger.ts';

/**
 * Serves MCP over stdio on behalf of the process that owns the store: messages go to its `/mcp` and back.
 * `closed` resolves when either side has closed. Null where no owner says its address.
 */
export async function attachToOwner(
  config: Config,
  options: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<{ readonly closed: Promise<void> } | null> {
  const paths = dataPaths(config.dataDir);
  const owner = readOwner(paths.events);
  if (owner?.address == null) return null;
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
): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => resolve();
    const forward = (to: Transport) => (message: Parameters<Transport['send']>[0]) => {
      to.send(message).catch((error: unknown) => {
        logger.error({ err: error }, 'relaying a message');
        end();
      });
    };
    local.onmessage = forward(remote);
    remote.onmessage = forward(local);
    local.onclose = end;
    remote.onclose = end;
    local.onerror = (error) => logger.warn({ err: error }, 'stdio');
    remote.onerror = (error) => logger.warn({ err: error }, 'the running server');
    process.stdin.once('end', end);
    signal.addEventListener('abort', end, { once: true });
    remote.start().then(() => local.start(), end);
  });
  await Promise.allSettled([local.close(), remote.close()]);
}
