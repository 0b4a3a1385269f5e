import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Admission } from '../http/admission.ts';
import { HttpProblem, invalidField } from '../http/http-problem.ts';
import { problemBody, securityHeaders } from '../http/reply.ts';
import { problems, taskIdSchema } from '../wire/index.ts';
import type { WebSocketManager } from './websocket-manager.ts';

export interface UpgradeOptions {
  readonly admission: Admission;
  readonly manager: WebSocketManager;
  /** No new clients while this is false. */
  readonly isOpen: () => boolean;
  readonly maxClients: number;
  /** Told how each upgrade was answered: 101, or the status of the refusal. */
  readonly onUpgrade?: (request: IncomingMessage, status: number) => void;
}

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Answers upgrades at `/ws/:task_id`: everything is checked before the handshake. */
export function upgradeListener(options: UpgradeOptions): UpgradeListener {
  return (request, socket, head) => {
    // A client that goes in mid-handshake is its own affair.
    socket.on('error', () => socket.destroy());
    try {
      const { taskId, after } = examine(request, options);
      options.onUpgrade?.(request, 101);
      options.manager.handleUpgrade({ request, socket, head }, taskId, { after });
    } catch (error) {
      const problem =
        error instanceof HttpProblem
          ? error
          : new HttpProblem('bad-request', 'The URL cannot be read', { cause: error });
      options.onUpgrade?.(request, problems[problem.slug].status);
      refuse(socket, problem, request.url ?? null);
    }
  };
}

/** Whether a request asks for a WebSocket. Others, such as HTTP/2 over plain TCP, are offers to be ignored. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function examine(
  request: IncomingMessage,
  { admission, manager, isOpen, maxClients }: UpgradeOptions,
) {
  const refusal = admission(request);
  if (refusal) throw refusal;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const encodedId = /^\/ws\/([^/]+)$/.exec(url.pathname)?.[1];
  if (encodedId === undefined)
    throw new HttpProblem('not-found', 'WebSockets live at /ws/:task_id');
  if (!isHandshake(request)) throw new HttpProblem('bad-request', 'Not a WebSocket handshake');
  if (!isOpen() || manager.clientCount() >= maxClients) {
    throw new HttpProblem('unavailable', 'No more clients at the moment', {
      headers: { 'retry-after': '5' },
    });
  }
  const taskId = taskIdSchema.safeParse(decodeURIComponent(encodedId));
  if (!taskId.success) throw new HttpProblem('task-not-found', 'There is no such task');
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'after_sequence');
  if (unknown !== undefined) throw invalidField(unknown, 'is not a known name');
  const after = url.searchParams.get('after_sequence') ?? '0';
  if (!/^\d{1,15}$/.test(after)) throw invalidField('after_sequence', 'must be a whole number');
  return { taskId: taskId.data.normalize('NFC'), after: Number(after) };
}

/** What `ws` would refuse in words of its own (RFC 6455 § 4.2.1). */
function isHandshake(request: IncomingMessage): boolean {
  const { 'sec-websocket-key': key = '', 'sec-websocket-version': version } = request.headers;
  return (
    request.method === 'GET' &&
    asksForWebSocket(request) &&
    /^[+/0-9A-Za-z]{22}==$/.test(key) &&
    version === '13'
  );
}

/** Writes an HTTP answer to a socket that stays HTTP, and closes it. */
function refuse(socket: Duplex, problem: HttpProblem, instance: string | null): void {
  const { status } = problems[problem.slug];
  const body = JSON.stringify(problemBody(problem, instance));
  const headers = {
    ...securityHeaders,
    ...problem.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
