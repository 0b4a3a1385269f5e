import type { EventMessage } from '../wire/event-message.ts';
import { createInOrder } from './in-order.ts';
import { parseMessage } from './parse-message.ts';

/**
 * How the connection stands. `catching-up`: what is stored is being sent. `waiting`: live, and the
 * task has not started. `unknown-task` and `closed` are final.
 */
export type FollowStatus =
  | 'connecting'
  | 'catching-up'
  | 'live'
  | 'waiting'
  | 'reconnecting'
  | 'unknown-task'
  | 'closed';

export interface FollowTaskOptions {
  /** The task's `websocket_url`. */
  readonly url: string;
  /** For a server that asks for one; it travels as a subprotocol, never in the URL. */
  readonly token?: string;
  /** The last sequence that is known already. @default 0 */
  readonly after?: number;
  /** Every event once, in order of sequence. */
  readonly onEvent: (message: EventMessage) => void;
  readonly onStatus?: (status: FollowStatus) => void;
  /** Pause before the first reconnection; doubles with each, with jitter. @default 250 */
  readonly firstRetryMs?: number;
  /** @default 10 000 */
  readonly longestRetryMs?: number;
  /** How long something missing is waited for before it is asked for again. @default 500 */
  readonly gapMs?: number;
  /** @default the global one: browsers and Node have it */
  readonly WebSocket?: typeof globalThis.WebSocket;
  readonly random?: () => number;
}

/** A task being followed. */
export interface TaskSubscription {
  readonly status: FollowStatus;
  /** The last sequence given to `onEvent`: what to begin with next time. */
  readonly last: number;
  close(): void;
  [Symbol.dispose](): void;
}

/** The server's words for it; see its close codes. */
const unknownTask = 4404;
/** The WebSocket protocol's word for an end without a close frame. */
const connectionLost = 1006;
const eventsProtocol = 'coding-events.v1';

/**
 * Follows a task over WebSocket, in browsers and Node.
 *
 * Repeats and stale versions are ignored, events are given in order of sequence; when the connection
 * is lost, or something is missing, it reconnects behind the last event given.
 */
export function followTask(options: FollowTaskOptions): TaskSubscription {
  const { firstRetryMs = 250, longestRetryMs = 10_000, gapMs = 500 } = options;
  const { WebSocket = globalThis.WebSocket, random = Math.random } = options;
  const order = createInOrder(options.after ?? 0);
  let status: FollowStatus = 'connecting';
  let socket: WebSocket | undefined;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let gapTimer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function become(next: FollowStatus): void {
    if (status === next || isFinal()) return;
    status = next;
    options.onStatus?.(next);
  }

  const isFinal = () => status === 'closed' || status === 'unknown-task';

  function connect(): void {
    const url = new URL(options.url);
    url.searchParams.set('after_sequence', String(order.last));
    const token = options.token === undefined ? [] : [`bearer.${options.token}`];
    const current = new WebSocket(url, [eventsProtocol, ...token]);
    socket = current;
    let hasOpened = false;
    current.addEventListener('open', () => {
      hasOpened = true;
      if (socket === current) become('catching-up');
    });
    current.addEventListener('message', ({ data }: { readonly data: unknown }) => {
      const message = socket === current ? parseMessage(data) : undefined;
      if (message) receive(message);
    });
    current.addEventListener('close', ({ code }: { readonly code: number }) => {
      if (socket === current) lost(code);
    });
    // In Node 22 no `close` follows when a connection is refused. Once it is open, `close` tells more.
    current.addEventListener('error', () => {
      if (socket === current && !hasOpened) lost(connectionLost);
    });
  }

  function receive(message: EventMessage): void {
    if (message.type !== 'event') {
      failures = 0;
      become(message.type === 'caught_up' ? 'live' : 'waiting');
      return;
    }
    for (const next of order.take(message)) {
      if (isFinal()) return;
      options.onEvent(next);
      if (status === 'waiting') become('live');
    }
    watchGap();
  }

  function watchGap(): void {
    clearTimeout(gapTimer);
    if (order.hasGap) gapTimer = setTimeout(resume, gapMs);
  }

  /** Drops the connection, and asks for all behind the last event on a new one. */
  function resume(): void {
    const former = socket;
    order.restart();
    become('reconnecting');
    connect();
    former?.close();
  }

  function lost(code: number): void {
    socket = undefined;
    clearTimeout(gapTimer);
    order.restart();
    if (isFinal()) return;
    if (code === unknownTask) {
      become('unknown-task');
      return;
    }
    become('reconnecting');
    const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
    failures += 1;
    retryTimer = setTimeout(connect, longest * (0.5 + random() / 2));
  }

  function close(): void {
    become('closed');
    clearTimeout(retryTimer);
    clearTimeout(gapTimer);
    socket?.close();
    socket = undefined;
  }

  connect();

  return {
    get status() {
      return status;
    },
    get last() {
      return order.last;
    },
    close,
    [Symbol.dispose]: close,
  };
}
