import { type ClientOptions, WebSocket } from 'ws';
import type { EventMessage } from '../../src/wire/index.ts';
import { until } from './until.ts';

/** A WebSocket client that keeps all it is told. */
export interface WsClient {
  readonly socket: WebSocket;
  readonly messages: EventMessage[];
  readonly events: EventMessage[];
  readonly frames: string[];
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** HTTP status of a refused handshake. */
  refused: number | undefined;
  caughtUp(): Promise<void>;
  hasEvents(count: number): Promise<void>;
  isClosed(): Promise<void>;
}

export function connectWs(
  url: string,
  options: ClientOptions & { readonly protocols?: readonly string[] } = {},
): WsClient {
  const { protocols = [], ...rest } = options;
  const socket = new WebSocket(url, [...protocols], rest);
  const client: WsClient = {
    socket,
    messages: [],
    events: [],
    frames: [],
    closed: undefined,
    refused: undefined,
    caughtUp: () =>
      until(() => client.messages.some(({ type }) => type === 'caught_up'), 'caught up'),
    hasEvents: (count) => until(() => client.events.length >= count, `${count} events came`),
    isClosed: () => until(() => client.closed !== undefined, 'the socket closed'),
  };
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    client.frames.push(text);
    const parsed: EventMessage | EventMessage[] = JSON.parse(text);
    for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
      client.messages.push(message);
      if (message.type === 'event') client.events.push(message);
    }
  });
  socket.on('unexpected-response', (_request, response) => {
    client.refused = response.statusCode;
    response.resume();
    socket.terminate();
  });
  socket.on('error', () => {});
  socket.on('close', (code, reason) => {
    client.closed = { code, reason: String(reason) };
  });
  return client;
}
