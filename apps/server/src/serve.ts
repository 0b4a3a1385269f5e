import { attachToOwner } from './attach.ts';
import { type Composition, compose } from './compose.ts';
import { type CommandLine, type Config, readCommandLine } from './config.ts';
import { exitCodes } from './errors.ts';
import { createLogger, type Logger } from './logger.ts';
import { untilStopped } from './shutdown.ts';

/** Runs the server until it is told to stop; gives the exit code. */
export async function serve({ config, mode }: CommandLine): Promise<number> {
  const logger = createLogger({
    level: config.logLevel,
    destination: mode === 'stdio' ? 'stderr' : 'stdout',
  });
  const starting = new AbortController();
  let composition: Composition | undefined;
  const stopped = untilStopped({
    deadlineMs: config.shutdownMs,
    onStopping(signal) {
      const tasks = config.shutdownMode === 'cancel' ? 'are cancelled' : 'finish their steps';
      logger.info({ signal }, `stopping: running tasks ${tasks} and go on at the next start`);
      starting.abort(new Error(`stopped by ${signal}`));
    },
    close: async () => composition?.close(),
    onReload() {
      reload(composition).catch((error: unknown) => {
        logger.error({ err: error }, 'the configuration stays as it was');
      });
    },
  });
  try {
    if (mode === 'stdio') {
      const client = await serveStdio(config, { logger, signal: starting.signal });
      composition = client.composition;
      // A client that has gone needs no server; a signal ends it as well.
      await Promise.race([client.gone, stopped.promise]);
      if (!stopped.isStopping()) stopped.stop('the client has gone');
    } else {
      composition = await compose({ config, mode, logger, signal: starting.signal });
      if (stopped.isStopping()) await composition.close();
    }
  } catch (error) {
    if (starting.signal.aborted) return exitCodes.ok;
    throw error;
  }
  const forced = await stopped.promise;
  logger.info(forced ? 'stopped by force' : 'stopped');
  return forced ? exitCodes.forced : exitCodes.ok;
}

/** MCP over stdio: with a server of its own on loopback, or through the one that has the store open. */
async function serveStdio(
  config: Config,
  options: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<{ readonly composition?: Composition; readonly gone: Promise<unknown> }> {
  try {
    const own = { ...config, host: '127.0.0.1', port: 0 };
    const composition = await compose({ ...options, config: own, mode: 'stdio' });
    await composition.api.mcp.serveStdio();
    return { composition, gone: inputEnd() };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'STORE_LOCKED')) throw error;
    const attached = await attachToOwner(config, options);
    if (attached === null) throw error;
    return { gone: attached.closed };
  }
}

function inputEnd(): Promise<void> {
  return new Promise((resolve) => process.stdin.once('end', () => resolve()));
}

async function reload(composition: Composition | undefined): Promise<void> {
  const { config } = readCommandLine(process.argv.slice(2), process.env);
  await composition?.reconfigure(config);
}
