import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Event, EventStore, NewEvent } from '@org/events';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventFeed } from '../feed/event-feed.ts';
import { createFollower, type Follower, type LagLimits } from '../feed/follower.ts';
import { groupMessages, TaskMessage, type TaskMessages } from '../feed/task-message.ts';
import { closeCodes } from './close-codes.ts';
import { chooseProtocol } from './subprotocols.ts';
import { webSocketSink } from './websocket-sink.ts';

export interface WebSocketManagerOptions extends LagLimits {
  readonly store: EventStore<Event, NewEvent>;
  readonly feed: EventFeed;
  /** True as long as a task has only been created. */
  readonly isWaiting: (taskId: string) => Promise<boolean>;
  /** Ping interval; who has not answered by the next one is cut off. @default 30 000 */
  readonly heartbeatMs?: number;
  /** Of what clients send (nothing is expected of them). @default 4096 */
  readonly maxPayload?: number;
  readonly now?: () => number;
  readonly onError?: (error: unknown) => void;
  readonly onLag?: (taskId: string) => void;
}

export interface ConnectOptions {
  /** The last sequence that the client has. @default 0 */
  readonly after?: number;
}

interface Client {
  readonly webSocket: WebSocket;
  readonly follower: Follower;
  alive: boolean;
}

/**
 * The WebSocket clients of tasks. What happens comes from the store, through the feed; a client is
 * given it in order, each once, as fast as it reads.
 */
export class WebSocketManager {
  readonly #options: WebSocketManagerOptions;
  readonly #server: WebSocketServer;
  readonly #clients = new Map<string, Set<Client>>();
  readonly #heartbeat: NodeJS.Timeout;
  #closed = false;

  constructor(options: WebSocketManagerOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxPayload ?? 4096,
      handleProtocols: chooseProtocol,
    });
    this.#heartbeat = setInterval(() => this.#ping(), options.heartbeatMs ?? 30_000);
    this.#heartbeat.unref();
  }

  /** Clients of one task, or of all. */
  clientCount(taskId?: string): number {
    if (taskId !== undefined) return this.#clients.get(taskId)?.size ?? 0;
    let count = 0;
    for (const clients of this.#clients.values()) count += clients.size;
    return count;
  }

  /** Tasks that have a client. */
  get taskCount(): number {
    return this.#clients.size;
  }

  /** Takes over an upgrade that has been admitted. */
  handleUpgrade(
    upgrade: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
    taskId: string,
    options: ConnectOptions = {},
  ): void {
    const { request, socket, head } = upgrade;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#connect({ webSocket, socket }, taskId, options);
    });
  }

  /**
   * Gives events of a task that are stored to its clients at once, ahead of the store's subscription;
   * who has them already, or is behind, is left to the subscription. With no client it does nothing.
   *
   * @param events one, or several that follow each other
   * @returns how many clients the task has
   */
  broadcast(taskId: string, events: Event | readonly Event[]): number {
    const clients = this.#clients.get(taskId);
    if (clients === undefined) return 0;
    const messages = messagesFor(clients, Array.isArray(events) ? events : [events]);
    if (messages) for (const { follower } of clients) follower.push(messages);
    return clients.size;
  }

  /** Closes every client with code 1001; who does not answer is cut off. */
  close(reason = 'the server stops'): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heartbeat);
    for (const clients of this.#clients.values()) {
      for (const { webSocket, follower } of clients) {
        follower.close();
        webSocket.close(closeCodes.goingAway, reason);
      }
    }
    this.#server.close();
  }

  /** Cuts off whoever is still there. */
  terminate(): void {
    for (const clients of this.#clients.values()) {
      for (const { webSocket } of clients) webSocket.terminate();
    }
  }

  #connect(
    { webSocket, socket }: { readonly webSocket: WebSocket; readonly socket: Duplex },
    taskId: string,
    { after = 0 }: ConnectOptions,
  ): void {
    if (this.#closed) {
      webSocket.close(closeCodes.goingAway, 'the server stops');
      return;
    }
    const { heartbeatMs: _, maxPayload: __, onLag, ...shared } = this.#options;
    const sink = webSocketSink(webSocket, socket);
    const follower = createFollower(sink, {
      ...shared,
      taskId,
      after,
      onLag: () => onLag?.(taskId),
    });
    const client: Client = { webSocket, follower, alive: true };
    const clients = this.#clients.get(taskId) ?? new Set();
    this.#clients.set(taskId, clients.add(client));
    webSocket.on('pong', () => {
      client.alive = true;
    });
    webSocket.on('error', () => {});
    webSocket.on('close', () => this.#leave(taskId, client));
  }

  #leave(taskId: string, client: Client): void {
    client.follower.close();
    const clients = this.#clients.get(taskId);
    if (clients === undefined) return;
    clients.delete(client);
    if (clients.size === 0) this.#clients.delete(taskId);
  }

  #ping(): void {
    for (const clients of this.#clients.values()) {
      for (const client of clients) {
        if (!client.alive) {
          client.webSocket.terminate();
          continue;
        }
        client.alive = false;
        client.webSocket.ping();
      }
    }
  }
}

/** Events as messages; undefined: no client has what comes before them. */
function messagesFor(
  clients: ReadonlySet<Client>,
  events: readonly Event[],
): TaskMessages | undefined {
  const [first] = events;
  let previous = first && previousAmong(clients, first);
  if (previous === undefined) return undefined;
  const messages: TaskMessage[] = [];
  for (const event of events) {
    messages.push(new TaskMessage(event, previous));
    previous = event.sequence;
  }
  return groupMessages(messages);
}

/** The task's sequence before an event, as some client knows it; undefined: none has come so far. */
function previousAmong(clients: ReadonlySet<Client>, event: Event): number | null | undefined {
  if (event.version === 1) return null;
  for (const { follower } of clients) {
    if (follower.last?.version === event.version - 1) return follower.last.sequence;
  }
  return undefined;
}
