import { once } from 'node:events';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'vitest';
import { eventually } from './client.ts';
import { main, type ServerOptions, spawnServer } from './server-process.ts';

type Data = Pick<ServerOptions, 'dataDir' | 'ollamaHost'>;

/** The official client, connected to a server over HTTP. */
export async function mcpOverHttp(url: string): Promise<Client> {
  return connected(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
}

/** The official client, connected to a server of its own over stdio. */
export async function mcpOverStdio({ dataDir, ollamaHost }: Data): Promise<Client> {
  const flags = ['--data-dir', dataDir, '--embedding-model', 'none'];
  return connected(
    new StdioClientTransport({
      command: process.execPath,
      args: ['--conditions=@org/source', main, ...flags],
      env: { PATH: process.env.PATH ?? '', OLLAMA_HOST: ollamaHost },
      stderr: 'pipe',
    }),
  );
}

async function connected(transport: StdioClientTransport | StreamableHTTPClientTransport) {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return client;
}

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 't', version: '1' },
  },
};

/** A server over stdio that was sent `initialize`, and what it writes. */
export function stdioServer(options: Data) {
  const child = spawnServer({ ...options, mode: [] });
  const written = { out: '', log: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written.log += text;
  });
  const closed = once(child, 'close');
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${JSON.stringify(initialize)}\n`);
  return {
    child,
    written,
    answered: () => eventually(() => expect(written.out).toContain('serverInfo')),
    closed,
  };
}
