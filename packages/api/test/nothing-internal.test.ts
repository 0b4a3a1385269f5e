import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodingTasks } from '../src/index.ts';
import { mcpTools } from '../src/mcp/index.ts';
import { createEventBackedTasks } from '../src/testing/index.ts';
import { connectMcp, httpTransport, type McpClient } from './support/mcp-client.ts';
import { levelStore, type RunningApi, runApi, type Store } from './support/running-api.ts';
import { storeTask } from './support/task-events.ts';
import { connectWs } from './support/ws-client.ts';

/** What breaks, and how: as a part would that knows folders and hosts. */
const faults: Record<string, () => Error> = {
  'an error of no known kind': () => new TypeError("EACCES: '/var/lib/secret-folder/000042.log'"),
  'a store that cannot be reached': () =>
    Object.assign(new Error('IO error: /var/lib/secret-folder/000042.log: No space left'), {
      code: 'STORE_UNAVAILABLE',
    }),
};
let fault: Error | undefined;

/** The same part, each of whose functions fails while there is a fault. */
function breakable<Part extends object>(part: Part): Part {
  return new Proxy(part, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key);
      if (typeof own !== 'function') return own;
      return (...given: unknown[]) => {
        if (fault !== undefined) throw fault;
        return own.apply(target, given);
      };
    },
  });
}

let folder: Awaited<ReturnType<typeof levelStore>>;
let store: Store;
let running: RunningApi;
let mcp: McpClient;
beforeAll(async () => {
  folder = await levelStore();
  store = await folder.open();
  await storeTask(store, 't');
  const tasks: CodingTasks = breakable(createEventBackedTasks(store));
  const broken = () => {
    if (fault !== undefined) throw fault;
    return {};
  };
  running = await runApi({ store: breakable(store), tasks, queue: broken });
  mcp = await connectMcp(httpTransport(`${running.url}/mcp`));
});
afterAll(async () => {
  fault = undefined;
  await mcp[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const internals = /secret-folder|No space|EACCES|TypeError|\.ts:\d|node_modules|^\s*at /m;

const bodies: Readonly<Record<string, unknown>> = {
  '/tasks': { prompt: 'p' },
  '/tasks/:task_id/interventions': { kind: 'pause' },
  '/tasks/:task_id/bug-reports': { description: 'It throws' },
};
const inputs: Readonly<Record<string, unknown>> = {
  start_coding_task: { prompt: 'p' },
  list_tasks: {},
  send_intervention: { task_id: 't', kind: 'pause' },
  report_bug: { task_id: 't', description: 'It throws' },
  explain_context: { task_id: 't', call_id: 'call-1' },
};

describe.each(Object.keys(faults))('of %s nothing leaks', (kind) => {
  beforeAll(() => {
    fault = faults[kind]?.();
    running.errors.length = 0;
  });

  it('by any route: no message, no path, no stack, but an id or a time to come again', async () => {
    let failed = 0;
    for (const { method, path } of running.api.routes) {
      if (path.startsWith('/mcp')) continue;
      const url = path.replace(':task_id', 't').replace(':call', 'call-1').replace('*path', 'a.js');
      const answered = await (method === 'get'
        ? running.get(url)
        : running.post(url, bodies[path] ?? {}));
      const text = await answered.text();
      expect(text, path).not.toMatch(internals);
      if (answered.status < 500) continue;
      failed += 1;
      const told = kind.startsWith('a store') ? 'retry_after_seconds' : 'error_id';
      expect(JSON.parse(text), path).toHaveProperty(told);
    }
    expect(failed).toBeGreaterThanOrEqual(12);
  });

  it('by any tool, over the protocol and over plain HTTP', async () => {
    for (const { name } of mcpTools) {
      const call = { name, arguments: Object(inputs[name] ?? { task_id: 't' }) };
      const result = await mcp.client.callTool(call);
      expect(result.isError, name).toBe(true);
      expect(JSON.stringify(result), name).not.toMatch(internals);
      const plain = await running.post('/mcp/tools/call', call);
      expect([name, plain.status]).toEqual([name, expect.toSatisfy((status) => status >= 500)]);
      expect(await plain.text(), name).not.toMatch(internals);
    }
  });

  it('by reading, listing, following and completing resources, nor by a WebSocket', async () => {
    const ref = { type: 'ref/resource', uri: 'task://{task_id}' } as const;
    const asked = [
      mcp.client.readResource({ uri: 'task://t' }),
      mcp.client.listResources(),
      mcp.client.subscribeResource({ uri: 'task://t' }),
      mcp.client.complete({ ref, argument: { name: 'task_id', value: 't' } }),
    ];
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome.status).toBe('rejected');
      expect(JSON.stringify(outcome)).not.toMatch(internals);
      if (outcome.status === 'rejected') expect(String(outcome.reason)).not.toMatch(internals);
    }
    const client = connectWs(running.webSocketUrl('t'));
    await client.isClosed();
    expect(client.closed).toEqual({
      code: 4500,
      reason: 'cannot be followed at the moment; reconnect',
    });
  });

  it('and it is told to the log', () => {
    const told = running.errors.length > 0;
    expect([kind, told]).toEqual([kind, true]);
  });
});
