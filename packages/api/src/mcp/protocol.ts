import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  isInitializeRequest,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';
import type { Services } from '../services.ts';
import { createMcpServer, type McpConnection, type McpOffer } from './create-mcp-server.ts';
import { createHttpSessions, type HttpSession } from './http-sessions.ts';

/** The protocol as the SDK speaks it: sessions over HTTP, and clients over streams. */
export interface McpProtocol {
  readonly versions: readonly string[];
  readonly sessionCount: number;
  /** The session that a message begins, or else the one of this id. */
  sessionFor(message: unknown, id: string | undefined): Promise<HttpSession | undefined>;
  serveStdio(streams: {
    readonly stdin: Readable;
    readonly stdout: Writable;
  }): Promise<McpConnection>;
  close(): Promise<void>;
}

/** Reached by a dynamic import alone, as it brings the SDK: most servers start long before an MCP client comes. */
export function createMcpProtocol(
  services: Services,
  { maxSessions, ...offer }: McpOffer & { readonly maxSessions: number },
): McpProtocol {
  const connections = new Set<McpConnection>();
  const sessions = createHttpSessions(services, {
    maxSessions,
    resources: offer.resources,
    connect: (more) => createMcpServer(services, { ...offer, ...more }),
  });
  return {
    versions: SUPPORTED_PROTOCOL_VERSIONS,
    get sessionCount() {
      return sessions.size;
    },
    async sessionFor(message, id) {
      if (isInitializeRequest(message)) return sessions.begin(message);
      return id === undefined ? undefined : sessions.find(id);
    },
    async serveStdio({ stdin, stdout }) {
      const connection = createMcpServer(services, offer);
      connections.add(connection);
      connection.server.onclose = () => {
        connections.delete(connection);
        connection.close().catch(services.onError);
      };
      await connection.server.connect(new StdioServerTransport(stdin, stdout));
      return connection;
    },
    async close() {
      await Promise.all([...connections].map((connection) => connection.close()));
      await sessions.close();
    },
  };
}
