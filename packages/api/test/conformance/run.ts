import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { codingEvents, createMemoryEventStore } from '@org/events';
import { createApi } from '../../src/index.ts';
import { mcpPrompts, mcpTools } from '../../src/mcp/index.ts';
import { createEventBackedTasks } from '../../src/testing/index.ts';
import { fixturePrompts } from './fixture-prompts.ts';
import { withFixtureResources } from './fixture-resources.ts';
import { fixtureTools } from './fixture-tools.ts';

/** What the suite said: its output and exit code. */
export interface ConformanceRun {
  readonly exitCode: number | null;
  readonly output: string;
}

/**
 * Runs the official MCP conformance suite against the API, with the suite's fixtures beside the
 * real tools, prompts and resources.
 */
export async function runConformance(revision: string): Promise<ConformanceRun> {
  await using store = createMemoryEventStore(codingEvents);
  await using api = createApi({
    store,
    tasks: createEventBackedTasks(store),
    health: async () => ({ status: 'ok', checks: [] }),
    queue: () => ({}),
    auth: { token: null, sandboxBlocksNetwork: true },
    limits: { writesPerMinute: Number.POSITIVE_INFINITY },
    mcp: {
      tools: [...mcpTools, ...fixtureTools],
      prompts: [...mcpPrompts, ...fixturePrompts],
      resources: withFixtureResources,
    },
  });
  const server = createServer();
  api.attach(server);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  try {
    return await runSuite(`http://localhost:${port}/mcp`, revision);
  } finally {
    await api.close();
    server.closeAllConnections();
    server.close();
  }
}

function runSuite(url: string, revision: string): Promise<ConformanceRun> {
  const manifest = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/conformance/package.json',
  );
  const suite = join(dirname(manifest), 'dist/index.js');
  const child = spawn(
    process.execPath,
    [suite, 'server', '--url', url, '--requirements', revision],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}

if (import.meta.main) {
  const { exitCode, output } = await runConformance(process.argv[2] ?? '2025-11-25');
  process.stdout.write(output);
  process.exitCode = exitCode ?? 1;
}
