import { type Composition, compose } from './compose.ts';
import { type CommandLine, readCommandLine } from './config.ts';
import { exitCodes } from './errors.ts';
import { createLogger } from './logger.ts';
import { untilStopped } from './shutdown.ts';

/** Runs the server until it is told to stop; gives the exit code. */
export async function serve(command: CommandLine): Promise<number> {
  const { config, mode } = command;
  const logger = createLogger({
    level: config.logLevel,
    destination: mode === 'stdio' ? 'stderr' : 'stdout',
  });
  const starting = new AbortController();
  let composition: Composition | undefined;
  const stopped = untilStopped({
    deadlineMs: config.shutdownMs,
    onStopping: (signal) => {
      logger.info({ signal }, 'stopping: tasks are cancelled and go on at the next start');
      starting.abort(new Error(`stopped by ${signal}`));
    },
    close: async () => composition?.close(),
    onReload: () => {
      void reload(composition).catch((error: unknown) => {
        logger.error({ err: error }, 'the configuration stays as it was');
      });
    },
  });
  try {
    composition = await compose({ config, logger, signal: starting.signal });
  } catch (error) {
    if (starting.signal.aborted) return exitCodes.ok;
    throw error;
  }
  const forced = await stopped;
  logger.info(forced ? 'stopped by force' : 'stopped');
  return forced ? exitCodes.forced : exitCodes.ok;
}

async function reload(composition: Composition | undefined): Promise<void> {
  const { config } = readCommandLine(process.argv.slice(2), process.env);
  await composition?.reconfigure(config);
}
