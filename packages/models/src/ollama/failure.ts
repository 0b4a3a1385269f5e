import {
  isModelError,
  MalformedResponseError,
  ModelBusyError,
  type ModelError,
  ModelNotFoundError,
  ModelServerError,
  OllamaUnavailableError,
  RequestRejectedError,
} from '../errors.ts';
import type { Exchange } from './ollama-client.ts';

/** The typed error behind what a request before its first token threw. */
export function requestFailure(
  error: unknown,
  context: { readonly host: string; readonly model: string; readonly exchange: Exchange },
): ModelError {
  const { host, model, exchange } = context;
  const known = modelErrorIn(error);
  if (known) return known;
  const status = httpStatus(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (status === undefined) {
    if (exchange.status === null)
      return new OllamaUnavailableError({ host, reason: reasonOf(error), cause: error });
    return isConnectionLoss(error)
      ? new OllamaUnavailableError({ host, reason: reasonOf(error), cause: error })
      : new MalformedResponseError({ host, detail, cause: error });
  }
  if (status === 503 || status === 429)
    return new ModelBusyError({ host, status, detail, cause: error });
  if (status === 404 && /^model .*not found/i.test(detail))
    return new ModelNotFoundError({ host, model, cause: error });
  if (status === 404 || status === 405)
    return new MalformedResponseError({ host, detail: `HTTP ${status}: ${detail}`, cause: error });
  // A proxy whose Ollama is away.
  if (status === 502 || status === 504)
    return new OllamaUnavailableError({ host, reason: `HTTP ${status}`, cause: error });
  if (status >= 500) return new ModelServerError({ host, status, detail, cause: error });
  return new RequestRejectedError({ host, status, detail, cause: error });
}

/** Whether a host's words mean that the prompt is longer than its window. */
export function saysPromptTooLong(detail: string): boolean {
  return /context length|exceeds? the available context|exceeds? the context/i.test(detail);
}

/** Whether the connection broke, rather than the answer being wrong. */
export function isConnectionLoss(error: unknown): boolean {
  return causes(error).some(
    (cause) =>
      'code' in cause &&
      typeof cause.code === 'string' &&
      /^(E[A-Z]+|UND_ERR_(SOCKET|CONNECT_TIMEOUT|CLOSED|DESTROYED))$/.test(cause.code),
  );
}

/** The error of this package that a stream or the client wrapped. */
function modelErrorIn(error: unknown): ModelError | undefined {
  return causes(error).find((cause) => isModelError(cause));
}

function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status_code' in error)) return undefined;
  return typeof error.status_code === 'number' ? error.status_code : undefined;
}

function reasonOf(error: unknown): string {
  const coded = causes(error).find((cause) => 'code' in cause && typeof cause.code === 'string');
  if (coded && 'code' in coded) return String(coded.code);
  return error instanceof Error ? error.message : String(error);
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let next = error; next instanceof Error && chain.length < 8; next = next.cause) {
    chain.push(next);
    if (next instanceof AggregateError)
      chain.push(...next.errors.filter((e) => e instanceof Error));
  }
  return chain;
}
