import { setTimeout as pause } from 'node:timers/promises';
import { ContextManager, type ContextManagerOptions } from '@org/context';
import type { EmbeddingModel, HostHealth, LanguageModel } from '@org/models';
import { ollamaEmbeddingModel, ollamaHealth, ollamaLanguageModel } from '@org/models/ollama';
import type { Config } from './config.ts';
import { StartError } from './errors.ts';

/** The models in use and what builds their contexts; replaced as a whole when the configuration changes. */
export interface Models {
  readonly host: string;
  readonly languageModels: readonly LanguageModel[];
  readonly contexts: ContextManager;
  health(signal?: AbortSignal): Promise<HostHealth>;
}

/** Makes the configured models. Nothing is sent to the host yet. */
export function createModels(
  config: Config,
  memory: Pick<ContextManagerOptions, 'pastWork' | 'onPastWorkError'>,
): Models {
  const languageModels = config.models
    .map((model) => ollamaLanguageModel({ host: config.ollamaHost, model }))
    .sort((a, b) => a.profile.contextWindow - b.profile.contextWindow);
  return {
    host: config.ollamaHost,
    languageModels,
    contexts: new ContextManager({ ...memory, models: languageModels }),
    health: (signal) => modelHealth(config, signal),
  };
}

function modelHealth(config: Config, signal: AbortSignal | undefined): Promise<HostHealth> {
  return ollamaHealth({ host: config.ollamaHost, models: config.models, signal });
}

/** The embedding model where the host has it; without one, search goes by words. */
export async function findEmbeddings(
  config: Config,
  signal: AbortSignal,
): Promise<EmbeddingModel | null> {
  if (config.embeddingModel === null) return null;
  const model = config.embeddingModel;
  const health = await ollamaHealth({ host: config.ollamaHost, models: [model], signal });
  return health.reachable && health.missing.length === 0
    ? ollamaEmbeddingModel({ host: config.ollamaHost, model })
    : null;
}

/** One line on what is missing at the model host, or null. */
export function modelFault(health: HostHealth): string | null {
  if (!health.reachable) return health.error.message;
  if (health.missing.length === 0) return null;
  const pulls = health.missing.map((model) => `ollama pull ${model}`).join(' && ');
  return `Ollama at ${health.host} lacks ${health.missing.join(', ')}. Run: ${pulls}`;
}

/**
 * Refuses to start without Ollama and its models, or waits for them.
 *
 * @throws StartError with one line that says what is missing and what to do
 */
export async function requireModels(
  config: Config,
  options: {
    readonly wait: boolean;
    readonly signal: AbortSignal;
    readonly onWaiting: (fault: string) => void;
  },
): Promise<HostHealth> {
  for (let told = ''; ; ) {
    const health = await modelHealth(config, options.signal);
    const fault = modelFault(health);
    if (fault === null) return health;
    if (!options.wait) {
      const without = 'to try the server out without Ollama (https://ollama.com): --stand-in';
      throw new StartError(health.reachable ? fault : `${fault}; ${without}`);
    }
    if (fault !== told) options.onWaiting(fault);
    told = fault;
    await pause(1_000, undefined, { signal: options.signal });
  }
}
