import type { ComposeOptions, Composition } from './compose.ts';
import { type CommandLine, type Config, readCommandLine } from './config.ts';
import { exitCodes } from './errors.ts';
import { createLogger } from './logger.ts';
import { untilStopped } from './shutdown.ts';

/** Runs the server until it is told to stop; gives the exit code. */
export async function serve({ config, mode }: CommandLine): Promise<number> {
  const logger = createLogger({
    level: config.logLevel,
    destination: mode === 'stdio' ? 'stderr' : 'stdout',
  });
  if (!config.standIn) return serveConfigured({ config, mode, logger, inForce: (read) => read });
  const { startWrittenAnswers } = await import('./demo/stand-in.ts');
  const standIn = await startWrittenAnswers({ tokensPerSecond: 500 });
  const onStarting = () =>
    logger.warn(
      { ollama: standIn.settings.ollamaHost },
      `STAND-IN: answers are written, not a model's, for one task: "${standIn.prompt}"`,
    );
  const inForce = (read: Config): Config => ({ ...read, ...standIn.settings });
  try {
    return await serveConfigured({ config: inForce(config), mode, logger, inForce, onStarting });
  } finally {
    await standIn.close();
  }
}

interface Serving
  extends Pick<CommandLine, 'config' | 'mode'>,
    Pick<ComposeOptions, 'logger' | 'onStarting'> {
  /** What of a configuration that was read again is in force. */
  readonly inForce: (read: Config) => Config;
}

async function serveConfigured({ config, mode, inForce, ...given }: Serving): Promise<number> {
  const { logger } = given;
  const starting = new AbortController();
  const started = Promise.withResolvers<Composition | undefined>();
  let composition: Composition | undefined;
  const stopped = untilStopped({
    deadlineMs: config.shutdownMs,
    onStopping(signal) {
      const tasks = config.shutdownMode === 'cancel' ? 'are cancelled' : 'finish their steps';
      // What is only attached, or still being started, runs no tasks.
      const running = composition && `: running tasks ${tasks} and go on at the next start`;
      logger.info({ signal }, `stopping${running ?? ''}`);
      starting.abort(new Error(`stopped by ${signal}`));
    },
    // What is being started is closed when it is there; the deadline and a second signal end the wait.
    close: async () => (await started.promise)?.close(),
    onReload() {
      reload(composition, inForce).catch((error: unknown) => {
        logger.error({ err: error }, 'the configuration stays as it was');
      });
    },
  });
  const start = async (): Promise<Running> => {
    const options = { config, ...given, onTokenMade: showToken, signal: starting.signal };
    const running =
      mode === 'stdio'
        ? await serveStdio(options)
        : { composition: await composed({ ...options, mode }) };
    composition = running.composition;
    return running;
  };
  const running = start().finally(() => started.resolve(composition));
  // Stopped before it had started: how far it came is of no interest any more.
  let exitCode: number = exitCodes.ok;
  const ended = running.then(
    async ({ gone }) => {
      const who = await gone;
      if (who === undefined || stopped.isStopping()) return;
      if (who === 'server') exitCode = exitCodes.cannotStart;
      stopped.stop(`the ${who} has gone`);
    },
    (error: unknown) => {
      if (!stopped.isStopping()) throw error;
    },
  );
  // Only a failed start ends this by itself.
  await Promise.race([ended.then(() => stopped.promise), stopped.promise]);
  const forced = await stopped.promise;
  logger.info(forced ? 'stopped by force' : 'stopped');
  return forced ? exitCodes.forced : exitCode;
}

interface Running {
  readonly composition?: Composition;
  /** Over stdio: resolves with who of the two that it stands between has gone. */
  readonly gone?: Promise<'client' | 'server'>;
}

/** Once, for whoever starts the server, and past the log, which holds no secrets. */
function showToken(token: string): void {
  process.stderr.write(`Access token, shown this once: ${token}\n`);
}

/** MCP over stdio: with a server of its own on loopback, or through the one that has the store open. */
async function serveStdio(options: Omit<ComposeOptions, 'mode'>): Promise<Running> {
  // Whoever is there already needs neither a model here nor the store, nor anything of what they are made of.
  const { attachToOwner } = await import('./attach.ts');
  const running = await attachToOwner(options);
  if (running !== null) return { gone: running.closed };
  try {
    const own = { ...options.config, host: '127.0.0.1', port: 0 };
    const composition = await composed({ ...options, config: own, mode: 'stdio' });
    const gone = clientGone();
    await composition.api.mcp.serveStdio();
    return { composition, gone };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'STORE_LOCKED')) throw error;
    const attached = await attachToOwner(options);
    if (attached === null) throw error;
    return { gone: attached.closed };
  }
}

/** Makes everything; loading what it is made of is most of a start. */
async function composed(options: ComposeOptions): Promise<Composition> {
  const { compose } = await import('./compose.ts');
  return compose(options);
}

/** A client that has gone closes what it writes to, or no longer reads what is written. */
function clientGone(): Promise<'client'> {
  return new Promise((resolve) => {
    process.stdin.once('end', () => resolve('client'));
    process.stdout.on('error', () => resolve('client'));
  });
}

async function reload(
  composition: Composition | undefined,
  inForce: Serving['inForce'],
): Promise<void> {
  const { config } = readCommandLine(process.argv.slice(2), process.env);
  await composition?.reconfigure(inForce(config));
}
