import { once } from 'node:events';
import { codingEvents, createMemoryEventStore } from '@org/events';
import { createApi } from '../../src/index.ts';
import { bridgeStdio } from '../../src/mcp/index.ts';
import { createEventBackedTasks } from '../../src/testing/index.ts';

/** A process of its own: an MCP server on stdio, or, with a URL, a bridge to one elsewhere. */
const [url, token] = process.argv.slice(2);

if (url === undefined) {
  const store = createMemoryEventStore(codingEvents);
  const api = createApi({
    store,
    tasks: createEventBackedTasks(store),
    health: async () => ({ status: 'ok', checks: [] }),
    queue: () => ({}),
    auth: { token: null, sandboxBlocksNetwork: true },
  });
  await api.mcp.serveStdio();
  await once(process.stdin, 'end');
  await api.close();
  await store.close();
} else {
  const bridge = await bridgeStdio({
    url,
    ...(token && { token }),
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  await bridge.closed;
}
