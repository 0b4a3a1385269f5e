import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';

/** The message that begins a session, as the official client sends it. */
export const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'c', version: '1' },
  },
} as const;

/** The official client, connected. */
export interface McpClient {
  readonly client: Client;
  /** A tool's structured answer; throws what it failed with. */
  call(name: string, input?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function connectMcp(transport: Transport): Promise<McpClient> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return {
    client,
    async call(name, input = {}) {
      const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: input }));
      if (result.isError) throw new Error(JSON.stringify(result.content));
      return result.structuredContent ?? {};
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

export function httpTransport(
  url: string,
  options: { readonly token?: string; readonly sessionId?: string } = {},
) {
  const { token, sessionId } = options;
  return new StreamableHTTPClientTransport(new URL(url), {
    ...(token && { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
    ...(sessionId && { sessionId }),
    reconnectionOptions: {
      initialReconnectionDelay: 5,
      maxReconnectionDelay: 20,
      reconnectionDelayGrowFactor: 1.5,
      maxRetries: 200,
    },
  });
}
