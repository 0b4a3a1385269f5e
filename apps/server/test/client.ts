import { vi } from 'vitest';
import { WebSocket } from 'ws';

/** A JSON object of the server, read field by field. */
// biome-ignore lint/suspicious/noExplicitAny: tests read the wire as a stranger would, untyped
export type Json = any;

export async function request(
  url: string,
  init: {
    readonly method?: string;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<{ readonly status: number; readonly body: Json; readonly headers: Headers }> {
  const response = await fetch(url, {
    method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    body: isJson ? JSON.parse(text) : text,
    headers: response.headers,
  };
}

/** Waits until an expectation holds, on a busy machine too. */
export function eventually<Result>(expectation: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(expectation, { timeout: 20_000, interval: 20 });
}

/** A WebSocket client that keeps what it receives. */
export class Listener implements AsyncDisposable {
  readonly messages: Json[] = [];
  readonly socket: WebSocket;
  #waiting: (() => void)[] = [];

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString('utf8')));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  get events(): Json[] {
    return this.messages.filter((message) => message.type === 'event');
  }

  get types(): string[] {
    return this.events.map((message) => message.event_type);
  }

  /** Resolves when an event of this type has come for the n-th time. */
  async until(type: string, count = 1): Promise<Json> {
    for (;;) {
      const found = this.events.filter((message) => message.event_type === type)[count - 1];
      if (found !== undefined) return found;
      if (this.socket.readyState >= WebSocket.CLOSING)
        throw new Error(`closed before ${type}: ${this.types.join(' ')}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when so many events have come, or one of this type. */
  async countUntil(count: number, type: string): Promise<void> {
    while (this.events.length < count && !this.types.includes(type)) {
      if (this.socket.readyState >= WebSocket.CLOSING)
        throw new Error(`closed: ${this.types.join(' ')}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
  }
}
