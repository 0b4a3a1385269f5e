import type { IncomingMessage } from 'node:http';

/** One request that the stand-in got, and what became of it. */
export interface LoggedRequest {
  /** 1, 2, 3 … in the order of arrival. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed body; undefined without one. */
  readonly body: unknown;
  /** HTTP status; null while there is none. */
  readonly status: number | null;
  /** Name of the rule that answered, or of the fault that struck; null without one. */
  readonly rule: string | null;
  /** Tokens of the prompt that the model got to read. */
  readonly promptTokens: number | null;
  /** The prompt was longer than its window and lost text. */
  readonly truncated: boolean;
  readonly tokensSent: number;
  readonly outcome: 'running' | 'answered' | 'failed' | 'aborted';
}

/** A log entry while its request runs. */
export type OpenRequest = { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] };

/** The entry of a request that has just come. */
export function openRequest(
  { method, headers }: IncomingMessage,
  { number, path }: { readonly number: number; readonly path: string },
): OpenRequest {
  return {
    number,
    method: method ?? 'GET',
    path,
    headers,
    body: undefined,
    status: null,
    rule: null,
    promptTokens: null,
    truncated: false,
    tokensSent: 0,
    outcome: 'running',
  };
}
