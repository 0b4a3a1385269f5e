import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { bridgeStdio } from '@org/api/mcp';
import { readOwner } from '@org/events/level';
import type { Config } from './config.ts';
import { dataPaths } from './data-folder.ts';
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
  options.logger.info(
    { owner: owner.pid, address: owner.address },
    'attached to the running server',
  );
  const bridge = await bridgeStdio({
    url: `${owner.address}/mcp`,
    ...(token === '' ? {} : { token }),
    onError: (error) => options.logger.warn({ err: error }, 'relaying a message'),
  });
  options.signal.addEventListener('abort', () => void bridge.close(), { once: true });
  return bridge;
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
