import { rm } from 'node:fs/promises';
import { type Api, createApi } from '@org/api';
import { TaskOrchestrator } from '@org/orchestrator';
import { CodingWorkflow, openWorkspace, type WorkflowHooks } from '@org/workflow';
import { createSandboxRunner } from '@org/workflow/sandbox';
import { accessToken } from './access-token.ts';
import { Closers } from './closers.ts';
import { codingTasks } from './coding-tasks.ts';
import type { Config, Mode } from './config.ts';
import { checkDataFolder, dataPaths } from './data-folder.ts';
import { openDoors } from './doors.ts';
import { checkHealth } from './health.ts';
import { listen } from './listen.ts';
import type { Logger } from './logger.ts';
import { openMemory } from './memory.ts';
import { createServerMetrics } from './metrics.ts';
import { createModels, findEmbeddings, type Models, requireModels } from './models.ts';
import { allHooks, logHooks, shownMs } from './observe.ts';
import { openStore } from './open-store.ts';
import { queueFigures } from './queue-figures.ts';
import { traced, tracingHooks } from './tracing.ts';
import { version } from './version.ts';

export interface ComposeOptions {
  readonly config: Config;
  readonly mode: Mode;
  readonly logger: Logger;
  readonly hooks?: WorkflowHooks;
  /** Given the token that the first start has made: the only time that it is shown. */
  readonly onTokenMade?: (token: string) => void;
  /** Called once when nothing is left for which a start is refused, before it is said that it has started. */
  readonly onStarting?: () => void;
  /** Aborts waiting for what is not there yet. */
  readonly signal: AbortSignal;
}

/** The running whole. */
export interface Composition {
  readonly api: Api;
  readonly workflow: CodingWorkflow;
  readonly orchestrator: TaskOrchestrator;
  /** Where it is reached from this machine, such as `http://127.0.0.1:9876`. */
  readonly url: string;
  readonly token: string;
  readonly resumed: readonly string[];
  /** Where the newest code of a task lies. */
  codeFolder(taskId: string): string;
  models(): Models;
  /** Other models and another model host; running calls finish on the old ones. */
  reconfigure(config: Config): Promise<void>;
  /** Stops in the reverse order of starting. Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * Makes everything and wires it: the only place that knows all parts.
 *
 * @throws StartError and the parts' own errors; what was made by then is closed again
 */
export async function compose({
  config,
  mode,
  logger,
  hooks,
  onTokenMade,
  onStarting,
  signal,
}: ComposeOptions): Promise<Composition> {
  const closers = new Closers();
  try {
    const paths = dataPaths(config.dataDir);
    await checkDataFolder(config.dataDir);
    await requireModels(config, {
      wait: config.waitForOllama,
      signal,
      onWaiting: (fault) => logger.warn({ fault }, 'waiting for Ollama'),
    });
    // It is made and tried in processes of its own, while the rest is opened here.
    const sandbox = createSandboxRunner({ sandbox: config.sandbox });
    closers.add('sandbox', () => sandbox.then((runner) => runner.close(), noRunner));
    sandbox.catch(noRunner);
    const embeddings = await findEmbeddings(config, signal);

    const store = traced(await openStore(paths.events));
    closers.add('event store', () => store.close());
    const { witness, head } = store.opened;
    if (witness === 'damaged' || (witness === 'missing' && head.sequence > 0)) {
      logger.warn(
        { witness, events: head.sequence },
        'the events are whole; whether newer ones are missing cannot be told without the witness file',
      );
    }
    const { token, made } =
      config.token === null ? await accessToken(paths.token) : { token: config.token, made: false };
    // A start that fails has shown its token to nobody: the next one makes another.
    let isShown = !made;
    closers.add('access token', async () => {
      if (!isShown) await rm(paths.token);
    });

    const memory = await openMemory({ path: paths.memory, store, embeddings, logger });
    closers.add('memory', () => memory.close());
    let models = createModels(config, memory.recall);

    const workspace = await openWorkspace({ root: paths.workspaces });
    closers.add('workspace', () => workspace.close());

    const testRunner = await sandbox;

    const orchestrator = new TaskOrchestrator({
      workers: config.workers,
      maxConcurrent: config.maxConcurrent,
      maxQueueSize: config.maxQueueSize,
    });
    closers.add('orchestrator', async () => {
      await orchestrator.shutdown({ mode: 'cancel' });
    });

    const metrics = createServerMetrics();
    const workflow = await CodingWorkflow.open({
      store,
      orchestrator,
      contexts: models.contexts,
      models: models.languageModels,
      testRunner,
      workspace,
      admission: { maxTasks: config.maxTasks, waitMs: config.placeWaitMs },
      limits: {
        maxIterations: config.maxIterations,
        tokenBudget: config.tokenBudget,
        stepTimeoutMs: config.stepTimeoutMs,
        modelWaitMs: config.modelWaitMs,
      },
      defaultLanguage: config.defaultLanguage,
      hooks: allHooks([logHooks(logger), metrics.hooks, tracingHooks(), hooks ?? {}]),
    });
    const closeWorkflow = () => workflow.close({ mode: config.shutdownMode });
    closers.add('workflow', closeWorkflow);

    metrics.observe({ orchestrator, workflow });

    let ready = false;
    const api = createApi({
      store,
      tasks: codingTasks(workflow),
      health: (probe) =>
        checkHealth({ store, orchestrator, workflow, testRunner, models: () => models }, probe),
      queue: () => queueFigures(orchestrator, workflow),
      auth: {
        token,
        sandboxBlocksNetwork: testRunner.sandbox.networkBlocked,
        allowedHosts: config.allowedHosts,
        allowedOrigins: config.allowedOrigins,
      },
      registry: metrics.registry,
      version,
      isReady: () => ready,
      hooks: {
        onRequest: (record) =>
          logger.info({ ...record, durationMs: shownMs(record.durationMs) }, 'request'),
        onError: (error, errorId) => logger.error({ err: error, errorId }, 'request failed'),
      },
    });

    closers.add('api', () => api.close());

    const doors = openDoors(api, mode);
    const address = await listen(doors, config);
    // Clients are told and sent away first; then nothing holds the listener open.
    closers.add('listener', async () => {
      const closed = address.close();
      await api.close();
      await closed;
    });
    store.setAddress(address.url);

    onStarting?.();
    const resumed = workflow.resume();
    for (const taskId of resumed) logger.info({ taskId }, 'task resumed');
    ready = true;
    // A long log takes the memory minutes the first time; nobody has to wait for it.
    memory.follow();
    logger.info(
      {
        url: address.url,
        host: config.host,
        models: config.models,
        ollama: config.ollamaHost,
        workers: config.workers,
        sandbox: testRunner.sandbox,
        search: embeddings === null ? 'words' : `words and ${embeddings.id}`,
        dataDir: config.dataDir,
        resumed: resumed.length,
      },
      `started ${config.workers} workers`,
    );
    const who = testRunner.sandbox.networkBlocked
      ? 'for other machines'
      : 'for everyone, this machine too, as generated code can reach the network';
    if (made || (config.token === null && !testRunner.sandbox.networkBlocked))
      logger.info(`access token ${who}: in ${paths.token}`);
    if (made) onTokenMade?.(token);
    isShown = true;

    return {
      api,
      workflow,
      orchestrator,
      url: address.url,
      token,
      resumed,
      codeFolder: (taskId) => workspace.folder(taskId),
      models: () => models,
      async reconfigure(next) {
        await requireModels(next, { wait: false, signal, onWaiting: () => {} });
        models = createModels(next, memory.recall);
        workflow.reconfigure({ models: models.languageModels, contexts: models.contexts });
        logger.info({ models: next.models, ollama: next.ollamaHost }, 'models reconfigured');
      },
      close: () => {
        ready = false;
        api.drain();
        // No step begins from here on; those under way are waited for when the listener is closed.
        closeWorkflow().catch(() => {});
        return closers.close((name, error) => logger.error({ err: error }, `closing the ${name}`));
      },
    };
  } catch (error) {
    await closers.close((name, failure) => logger.error({ err: failure }, `closing the ${name}`));
    throw error;
  }
}

/** That there is none is told to who waits for it. */
function noRunner(): void {}
