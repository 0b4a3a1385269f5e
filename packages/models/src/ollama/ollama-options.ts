import type { RetryClock, RetryOptions } from './retry.ts';

/** How to reach an Ollama. */
export interface OllamaConnection extends RetryClock {
  /** As in OLLAMA_HOST. @default '127.0.0.1:11434' */
  readonly host?: string | undefined;
  /** Sent with each request, such as a proxy's authorization. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long the model stays loaded: seconds, or a duration such as `30m`; -1 for ever. @default '30m' */
  readonly keepAlive?: string | number | undefined;
  /**
   * Requests at once to this host, over all models and adapters of the process. More than Ollama's
   * OLLAMA_NUM_PARALLEL only makes them wait there, where they can time out. @default 1
   */
  readonly maxConcurrent?: number | undefined;
  readonly retry?: RetryOptions | undefined;
}
