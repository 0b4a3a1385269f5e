import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  InitializeRequestSchema,
  type JSONRPCMessage,
  LATEST_PROTOCOL_VERSION,
} from '@modelcontextprotocol/sdk/types.js';
import { HttpProblem } from '../http/http-problem.ts';
import type { Services } from '../services.ts';
import { wireLimits } from '../wire/index.ts';
import type { McpConnection } from './create-mcp-server.ts';
import { createReplayLog } from './replay-log.ts';
import type { McpResources } from './resources.ts';
import { createStoredSessions } from './stored-sessions.ts';

const { initializeLength } = wireLimits;

/** A client's session: its transport, and the server that speaks through it. */
export interface HttpSession {
  readonly id: string;
  handle(request: Request, body: unknown): Promise<Response>;
}

export interface HttpSessions {
  /** A session for an `initialize` request; its answer carries the id. @throws HttpProblem too-large */
  begin(initialize: unknown): Promise<HttpSession>;
  /** The session of that id; one that an earlier process has begun is taken up again. */
  find(id: string): Promise<HttpSession | undefined>;
  readonly size: number;
  close(): Promise<void>;
}

export interface HttpSessionsOptions {
  readonly connect: (options: {
    readonly onSubscriptions: (uris: readonly string[]) => void;
  }) => McpConnection;
  readonly resources: McpResources;
  readonly maxSessions: number;
}

interface LiveSession extends HttpSession {
  readonly connection: McpConnection;
  close(): Promise<void>;
}

/** Streamable HTTP sessions, at most so many; the one unused for longest makes room. */
export function createHttpSessions(
  services: Services,
  { connect, resources, maxSessions }: HttpSessionsOptions,
): HttpSessions {
  const { store, onError } = services;
  const live = new Map<string, LiveSession>();
  const stored = createStoredSessions(store, { size: maxSessions, onError });
  const reviving = new Map<string, Promise<HttpSession | undefined>>();

  async function open(
    id: string,
    known: {
      readonly initialize: Record<string, unknown>;
      readonly subscriptions: readonly string[];
    },
  ): Promise<LiveSession> {
    const connection = connect({
      onSubscriptions(uris) {
        stored.put({ id, initialize: known.initialize, subscriptions: [...uris] });
      },
    });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      eventStore: createReplayLog({
        headSequence: () => services.feed.sequence,
        missedSince: (sequence) => changedSince(resources, connection.subscriptions, sequence),
      }),
      onsessionclosed() {
        stored.delete(id);
      },
    });
    await connection.server.connect(transport);
    const session: LiveSession = {
      id,
      connection,
      handle: (request, body) => transport.handleRequest(request, { parsedBody: body }),
      close: () => connection.close(),
    };
    // The SDK's server has taken `onclose` of the transport; its own is free.
    connection.server.onclose = () => {
      if (live.get(id) === session) live.delete(id);
      connection.close().catch(onError);
    };
    await connection.restore(known.subscriptions);
    touch(session);
    return session;
  }

  function touch(session: LiveSession): void {
    live.delete(session.id);
    live.set(session.id, session);
    for (const oldest of live.values()) {
      if (live.size <= maxSessions) break;
      live.delete(oldest.id);
      stored.delete(oldest.id);
      oldest.close().catch(onError);
    }
  }

  async function revive(id: string): Promise<HttpSession | undefined> {
    const known = await stored.get(id);
    if (known === undefined) return undefined;
    const session = await open(id, known);
    // The client has been through this handshake: it is held again on its behalf, unheard.
    const { initialize } = known;
    await quietly(session, { jsonrpc: '2.0', id: 0, method: 'initialize', params: initialize });
    await quietly(session, { jsonrpc: '2.0', method: 'notifications/initialized' });
    return session;
  }

  return {
    async begin(message) {
      const { params } = InitializeRequestSchema.parse(message);
      if (JSON.stringify(params).length > initializeLength) {
        const detail = `The parameters of initialize may have ${initializeLength} characters`;
        throw new HttpProblem('too-large', detail);
      }
      const id = randomUUID();
      const known = { initialize: { ...params }, subscriptions: [] };
      stored.put({ id, ...known });
      return open(id, known);
    },
    async find(id) {
      const session = live.get(id);
      if (session) {
        touch(session);
        return session;
      }
      const pending = reviving.get(id) ?? revive(id).finally(() => reviving.delete(id));
      reviving.set(id, pending);
      return pending;
    },
    get size() {
      return live.size;
    },
    async close() {
      await Promise.all([...live.values()].map((session) => session.close()));
      live.clear();
      await stored.flush();
    },
  };
}

/** Sends a message as the client would, and drops the answer. */
async function quietly(session: HttpSession, message: JSONRPCMessage): Promise<void> {
  const request = new Request('http://localhost/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': session.id,
      'mcp-protocol-version': LATEST_PROTOCOL_VERSION,
    },
  });
  const answer = await session.handle(request, message);
  await answer.text();
}

/** The updates of subscribed resources that came after a sequence. */
async function changedSince(
  resources: McpResources,
  subscriptions: readonly string[],
  sequence: number,
): Promise<readonly JSONRPCMessage[]> {
  const changed: JSONRPCMessage[] = [];
  for (const uri of subscriptions) {
    if (!(await resources.changedSince(uri, sequence))) continue;
    changed.push({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } });
  }
  return changed;
}
