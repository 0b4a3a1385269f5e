import type { Ollama } from 'ollama';
import { type ModelError, ModelTimeoutError } from '../errors.ts';
import { requestFailure } from './failure.ts';
import { enterHost } from './host-gate.ts';
import { type Exchange, ollamaClient } from './ollama-client.ts';

/** Where a request goes and what bounds it. */
export interface RequestContext {
  readonly host: string;
  readonly model: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Requests at once to the host; undefined does not wait in line. */
  readonly maxConcurrent?: number | undefined;
  readonly firstTokenTimeoutMs?: number | undefined;
  readonly timeoutMs: number;
  readonly checkLine?: ((line: unknown) => void) | undefined;
}

/** What the user of a running request holds. */
export interface RunningRequest {
  readonly client: Ollama;
  readonly exchange: Exchange;
  /** To be called when the first token came: ends that timeout. */
  readonly heard: () => void;
}

/**
 * Makes one request to Ollama: waits in the host's line, bounds it in time, closes its socket when it
 * ends early, and gives every failure its type.
 */
export async function request<T>(
  context: RequestContext,
  use: (running: RunningRequest) => Promise<T>,
): Promise<T> {
  const { host, model, signal, maxConcurrent } = context;
  const leave =
    maxConcurrent === undefined
      ? undefined
      : await enterHost(host, { limit: maxConcurrent, signal });
  const stop = new AbortController();
  const timers = startTimers(context, (timeout) => stop.abort(timeout));
  const { client, exchange } = ollamaClient({
    host,
    headers: context.headers,
    timeoutMs: context.timeoutMs,
    checkLine: context.checkLine,
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
  });
  try {
    signal?.throwIfAborted();
    return await use({ client, exchange, heard: () => timers.heard() });
  } catch (error) {
    stop.abort();
    if (signal?.aborted) throw signal.reason;
    throw timers.expired() ?? requestFailure(error, { host, model, exchange });
  } finally {
    timers.stop();
    leave?.();
  }
}

interface Timers {
  heard(): void;
  stop(): void;
  expired(): ModelError | undefined;
}

/** Node fires a longer timer at once; Infinity is a way to say never. */
const longestTimer = 2 ** 31 - 1;

function startTimers(context: RequestContext, onExpiry: (error: ModelError) => void): Timers {
  const { model } = context;
  let expired: ModelError | undefined;
  const start = (phase: 'first-token' | 'whole', timeoutMs: number | undefined) =>
    timeoutMs === undefined || timeoutMs > longestTimer
      ? undefined
      : setTimeout(() => {
          expired ??= new ModelTimeoutError({ model, phase, timeoutMs });
          onExpiry(expired);
        }, timeoutMs);
  const first = start('first-token', context.firstTokenTimeoutMs);
  const whole = start('whole', context.timeoutMs);
  return {
    heard: () => clearTimeout(first),
    stop: () => {
      clearTimeout(first);
      clearTimeout(whole);
    },
    expired: () => expired,
  };
}
