import { Ollama } from 'ollama';
import { MalformedResponseError } from '../errors.ts';
import { ndjsonGuard } from './ndjson-guard.ts';
import { patientFetch } from './patient-fetch.ts';

/** What one request saw on the wire; filled in while it runs. */
export interface Exchange {
  /** HTTP status; null as long as nothing came back. */
  status: number | null;
  contentType: string;
  /** The error line of a stream that had begun; null without one. */
  errorLine: string | null;
}

/**
 * The `ollama` client for one request: with a signal that closes its socket, and answers checked
 * before the client sees them (by itself it prints what it cannot parse, and goes on).
 */
export function ollamaClient(options: {
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the caller bounds the request to. */
  readonly timeoutMs: number;
  /** Throws when a line of a stream is not what Ollama sends. */
  readonly checkLine?: ((line: unknown) => void) | undefined;
}): { readonly client: Ollama; readonly exchange: Exchange } {
  const { host } = options;
  const exchange: Exchange = { status: null, contentType: '', errorLine: null };

  const watchedFetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const signals = [options.signal, init.signal].filter((signal) => signal != null);
    const send = await patientFetch(options.timeoutMs);
    const response = await send(String(input), { ...init, signal: AbortSignal.any(signals) });
    exchange.status = response.status;
    exchange.contentType = response.headers.get('content-type') ?? '';
    return response.ok ? checked(response) : asJsonError(response);
  };

  const checked = async (response: Response): Promise<Response> => {
    if (response.body === null) throw malformed('an empty answer');
    const { status, headers } = response;
    if (exchange.contentType.startsWith('application/json')) {
      const whole: unknown = JSON.parse(await response.text());
      check(whole);
      return new Response(`${JSON.stringify(whole)}\n`, { status, headers });
    }
    return new Response(response.body.pipeThrough(ndjsonGuard(check)), { status, headers });
  };

  const check = (line: unknown) => {
    if (!isRecord(line)) throw malformed('JSON, but no object');
    if (typeof line.error === 'string') exchange.errorLine = line.error;
    else options.checkLine?.(line);
  };

  const malformed = (detail: string) => new MalformedResponseError({ host, detail });

  const client = new Ollama({
    host,
    ...(options.headers && { headers: { ...options.headers } }),
    fetch: watchedFetch as typeof fetch, // the client calls it with (url, init) only
  });
  return { client, exchange };
}

/** Errors as the client understands them without printing: `{ "error": text }`. */
async function asJsonError(response: Response): Promise<Response> {
  const text = (await response.text()).trim();
  return Response.json(
    { error: errorIn(text) ?? (text.slice(0, 500) || response.statusText || 'no reason given') },
    { status: response.status },
  );
}

function errorIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) && typeof body.error === 'string' ? body.error : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
