import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { codingEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumAnswers } from './answers.ts';
import { eventually, type Json, Listener, request } from './client.ts';
import { startHeldOllama } from './held-ollama.ts';
import { mcpOverHttp, mcpOverStdio, stdioServer } from './mcp.ts';
import { dataFolder, failedStart, main, startServer } from './server-process.ts';

let standIn: OllamaStandIn;
beforeAll(async () => {
  standIn = await startOllamaStandIn({ script: sumAnswers });
});
afterAll(() => standIn.close());

const nobody = 'http://127.0.0.1:9';

describe('a start', () => {
  it('gate 5.6: without Ollama it does not start and says why', async () => {
    await using data = await dataFolder();
    const { code, output } = await failedStart({ dataDir: data.path, ollamaHost: nobody });
    expect(code).toBe(3);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain('http://127.0.0.1:9');
    expect(output).toContain('ollama serve');
    expect(output).toContain('--stand-in');
  });

  it('without a model it does not start and says how to pull it', async () => {
    await using data = await dataFolder();
    const { code, output } = await failedStart({
      dataDir: data.path,
      ollamaHost: standIn.url,
      args: ['--models', 'mistral:7b,llama3:70b'],
    });
    expect([code, output.trim().split('\n').length]).toEqual([3, 1]);
    expect(output).toContain('ollama pull llama3:70b');
  });

  it('--wait-for-ollama waits until it is there', async () => {
    await using data = await dataFolder();
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const starting = startServer({
      dataDir: data.path,
      ollamaHost: `http://127.0.0.1:${port}`,
      args: ['--wait-for-ollama'],
    });
    await using late = await startOllamaStandIn({ script: sumAnswers, port });
    await using server = await starting;
    expect((await request(`${server.url}/health`)).status).toBe(200);
    expect(late.requests('/api/version').length).toBeGreaterThan(0);
  });

  it('with the port in use it says so in one line', async () => {
    await using data = await dataFolder();
    const taken = createServer().listen(0, '0.0.0.0');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, output } = await failedStart({
      dataDir: data.path,
      ollamaHost: standIn.url,
      args: ['--port', String(port), '--log-level', 'silent'],
    });
    taken.close();
    expect(code).toBe(3);
    expect(output.trim()).toBe(
      `Port ${port} on 0.0.0.0 is in use. Stop what listens there, or choose another with --port.`,
    );
    // Its token was shown to nobody: the next start is the first one still.
    expect(existsSync(join(data.path, 'token'))).toBe(false);
  });

  it('a second server on the same store is refused and names the owner', async () => {
    await using data = await dataFolder();
    await using first = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    const { code, output } = await failedStart({ dataDir: data.path, ollamaHost: standIn.url });
    expect(code).toBe(3);
    expect(output).toContain(String(first.child.pid));
    expect((await request(`${first.url}/livez`)).status).toBe(200);
  });

  it('a wrong setting is named with where it came from', async () => {
    await using data = await dataFolder();
    const flag = await failedStart({
      dataDir: data.path,
      ollamaHost: standIn.url,
      args: ['--workers', 'many'],
    });
    expect([flag.code, flag.output]).toEqual([2, '--workers: "many" is not a whole number\n']);
    const range = await failedStart({
      dataDir: data.path,
      ollamaHost: standIn.url,
      args: ['--port', '70000'],
    });
    expect([range.code, range.output]).toEqual([2, '--port: "70000" is more than 65535\n']);
    const variable = await failedStart({
      dataDir: data.path,
      ollamaHost: standIn.url,
      env: { ORCHESTRATOR_SANDBOX: 'paper' },
    });
    expect([variable.code, variable.output]).toEqual([
      2,
      expect.stringContaining('ORCHESTRATOR_SANDBOX'),
    ]);
    const address = await failedStart({
      dataDir: data.path,
      ollamaHost: 'no where',
      args: ['--print-config'],
    });
    expect([address.code, address.output.trim()]).toEqual([
      2,
      'OLLAMA_HOST: "no where": no address',
    ]);
    const unknown = await failedStart({
      dataDir: data.path,
      ollamaHost: nobody,
      args: ['--bogus'],
    });
    expect([unknown.code, unknown.output.trim()]).toEqual([
      2,
      "Unknown option '--bogus'. See --help.",
    ]);
  });

  it('--print-config shows what is in force with secrets hidden', async () => {
    await using data = await dataFolder();
    const file = join(data.path, 'config.json');
    await writeFile(file, JSON.stringify({ workers: 7, token: 'a-secret-token-of-mine' }));
    const { code, output } = await failedStart({
      dataDir: data.path,
      ollamaHost: nobody,
      args: ['--config', file, '--print-config'],
    });
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ workers: 7, token: '(hidden)' });
    expect(output).not.toMatch(/a-secret-token/);
  });

  it.skipIf(process.platform !== 'linux')(
    'a data folder where none can be made is refused in one line',
    async () => {
      const { code, output } = await failedStart({
        dataDir: '/proc/foo',
        ollamaHost: standIn.url,
      });
      expect([code, output.trim().split('\n').length]).toEqual([3, 1]);
      expect(output).toContain('/proc/foo');
    },
  );

  it('a path that is a file is refused in one line', async () => {
    await using data = await dataFolder();
    await mkdir(data.path, { recursive: true });
    await writeFile(join(data.path, 'events'), 'not a folder');
    const { code, output } = await failedStart({ dataDir: data.path, ollamaHost: standIn.url });
    expect([code, output.trim().split('\n').length]).toEqual([3, 1]);
    expect(output).toContain('is a file');
  });

  it('a damaged event store is refused in one line that names it, and the commands that help', async () => {
    await using data = await dataFolder();
    const path = join(data.path, 'events');
    const store = await openLevelEventStore({ path, catalog: codingEvents });
    await store.append('task', { eventType: 'TASK_CREATED', data: { prompt: 'x' } });
    await store.close();
    await rm(join(path, 'log', 'CURRENT'));
    const { code, output } = await failedStart({ dataDir: data.path, ollamaHost: standIn.url });
    expect([code, output.trim().split('\n').length]).toEqual([3, 1]);
    expect(output).toContain(`The event store in ${path} is damaged`);
    expect(output).toContain(`org-events repair ${path} NEW_FOLDER`);
  });

  it('of an event store with a damaged witness file it starts, and says what cannot be told', async () => {
    await using data = await dataFolder();
    const path = join(data.path, 'events');
    const store = await openLevelEventStore({ path, catalog: codingEvents });
    await store.append('task', { eventType: 'TASK_CREATED', data: { prompt: 'x' } });
    await store.close();
    await writeFile(join(path, 'witness'), 'what?');
    await using server = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    expect(server.log.find(({ witness }) => witness !== undefined)).toMatchObject({
      witness: 'damaged',
      events: 1,
      msg: 'the events are whole; whether newer ones are missing cannot be told without the witness file',
    });
  });
});

describe('a running server', () => {
  it('gate 5.3: start configures models and starts 3 workers, and logs it; stop cancels tasks, and logs it', async () => {
    await using data = await dataFolder();
    await using slow = await startOllamaStandIn({ script: sumAnswers, tokensPerSecond: 10 });
    await using server = await startServer({ dataDir: data.path, ollamaHost: slow.url });
    const started = server.log.find((line) => line.url !== undefined);
    expect(started).toMatchObject({
      msg: 'started 3 workers',
      models: ['mistral:7b', 'qwen3:8b'],
      workers: 3,
    });
    const { body: queue } = await request(`${server.url}/queue`);
    expect(queue.workers).toHaveLength(3);
    const { body: task } = await request(`${server.url}/tasks`, {
      body: { prompt: 'Write a sum function' },
    });
    await using listener = new Listener(task.websocket_url);
    await listener.until('TASK_STARTED');
    await eventually(() => expect(slow.requests('/api/chat')).toHaveLength(1));
    expect(await server.end('SIGTERM')).toBe(0);
    expect(server.log.map((line) => line.msg)).toEqual(
      expect.arrayContaining([expect.stringContaining('running tasks are cancelled'), 'stopped']),
    );
    expect(slow.requests('/api/chat').at(-1)?.outcome).toBe('aborted');
    expect(listener.types.at(-1)).toBe('TASK_STARTED');
  });

  it('makes a token at its first start, shows it once and never again, logs it never, and keeps it in a file only the owner can read', async () => {
    await using data = await dataFolder();
    const file = join(data.path, 'token');
    const options = { dataDir: data.path, ollamaHost: standIn.url };
    await using first = await startServer(options);
    const token = (await readFile(file, 'utf8')).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await first.end('SIGINT')).toBe(0);
    expect(first.stderr()).toBe(`Access token, shown this once: ${token}\n`);
    expect(JSON.stringify(first.log)).not.toContain(token);

    await using second = await startServer({ ...options, args: ['--log-level', 'trace'] });
    const headers = { authorization: `Bearer ${token}` };
    expect((await request(`${second.url}/tasks`, { headers })).status).toBe(200);
    expect(await second.end()).toBe(0);
    expect(JSON.stringify(second.log) + second.stderr()).not.toContain(token);
    expect((await readFile(file, 'utf8')).trim()).toBe(token);
  });

  it('a stop that drains takes nothing more and sends clients away with 1001; a second signal forces the end', async () => {
    await using data = await dataFolder();
    await using slow = await startOllamaStandIn({ script: sumAnswers, tokensPerSecond: 1 });
    await using server = await startServer({
      dataDir: data.path,
      ollamaHost: slow.url,
      args: ['--shutdown-mode', 'drain', '--shutdown-ms', '60000'],
    });
    const { body: task } = await request(`${server.url}/tasks`, {
      body: { prompt: 'Write a sum function' },
    });
    await using listener = new Listener(task.websocket_url);
    const closed = once(listener.socket, 'close');
    await listener.until('TASK_STARTED');
    await eventually(() => expect(slow.requests('/api/chat')).toHaveLength(1));
    server.child.kill('SIGTERM');
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, 'the server stops']);
    for (const path of ['/readyz', '/tasks'])
      await expect(fetch(server.url + path)).rejects.toThrow('fetch failed');
    // The call under way is left to finish.
    expect(slow.requests('/api/chat')[0]?.outcome).not.toBe('aborted');
    expect(await server.end('SIGTERM')).toBe(4);
  });

  it('a stop that drains lets the step under way finish, flushes and ends with 0; past its deadline it is forced', async () => {
    await using data = await dataFolder();
    await using held = await startHeldOllama(standIn.url);
    const draining = (deadlineMs: number) => ({
      dataDir: data.path,
      ollamaHost: held.url,
      args: ['--shutdown-mode', 'drain', '--shutdown-ms', String(deadlineMs)],
    });
    await using first = await startServer(draining(1));
    const { body: task } = await request(`${first.url}/tasks`, {
      body: { prompt: 'Write a sum function' },
    });
    await eventually(() => expect(held.asked).toBe(1));
    expect(await first.end('SIGTERM')).toBe(4);

    await using second = await startServer(draining(60_000));
    await eventually(() => expect(held.asked).toBe(2));
    second.child.kill('SIGTERM');
    await eventually(() =>
      expect(second.log.map((line) => line.msg)).toContainEqual(
        expect.stringContaining('running tasks finish their steps'),
      ),
    );
    const closed = once(second.child, 'close');
    held.letGo();
    await closed;
    expect(second.child.exitCode).toBe(0);
    // The first server's call went down with it, the second one's did not.
    expect([held.asked, held.brokenOff]).toEqual([2, 1]);

    const path = join(data.path, 'events');
    const store = await openLevelEventStore({ path, catalog: codingEvents });
    const types = (await store.getEvents(task.task_id)).map(({ eventType }) => eventType);
    await store.close();
    expect(types.slice(0, 3)).toEqual(['TASK_CREATED', 'TASK_STARTED', 'PLANNING_COMPLETE']);
  });

  it('models and host are changed while it runs, by SIGHUP: the running call finishes on the old ones, health answers throughout', async () => {
    await using data = await dataFolder();
    await using held = await startHeldOllama(standIn.url);
    const file = join(data.path, 'config.json');
    const configure = (ollamaHost: string, model: string) =>
      writeFile(file, JSON.stringify({ ollamaHost, models: [model] }));
    await configure(held.url, 'mistral:7b');
    await using server = await startServer({
      dataDir: data.path,
      ollamaHost: '',
      args: ['--config', file],
    });
    const { body: task } = await request(`${server.url}/tasks`, {
      body: { prompt: 'Write a sum function' },
    });
    await using listener = new Listener(task.websocket_url);
    await eventually(() => expect(held.asked).toBe(1));

    await configure(standIn.url, 'qwen3:8b');
    server.child.kill('SIGHUP');
    const statuses: number[] = [];
    await eventually(async () => {
      const { status, body } = await request(`${server.url}/health`);
      statuses.push(status);
      const [ollama] = body.checks.filter((check: Json) => check.name === 'ollama');
      expect(ollama.detail).toContain(standIn.url);
      expect(ollama.detail).toContain('qwen3:8b');
    });
    expect(new Set(statuses)).toEqual(new Set([200]));

    held.letGo();
    const plan = await listener.until('PLANNING_COMPLETE');
    expect(plan.data.calls).toMatchObject([{ model: 'mistral:7b', outcome: 'ok' }]);
    const generated = await listener.until('CODE_GENERATED');
    expect(generated.data.calls).toMatchObject([{ model: 'qwen3:8b', outcome: 'ok' }]);
    expect([held.asked, held.brokenOff]).toEqual([1, 0]);
  });
});

describe('the doors', () => {
  it('gate 5.5: stdio, `--http` and `--express` each work', async () => {
    await using data = await dataFolder();
    const client = await mcpOverStdio({ dataDir: data.path, ollamaHost: standIn.url });
    const started: Json = await client.callTool({
      name: 'start_coding_task',
      arguments: { prompt: 'Write a sum function' },
    });
    const id = started.structuredContent.task_id;
    await eventually(async () => {
      const status: Json = await client.callTool({
        name: 'get_task_status',
        arguments: { task_id: id },
      });
      expect(status.structuredContent.status).toBe('completed');
    });
    await client.close();

    await using http = await startServer({
      dataDir: data.path,
      ollamaHost: standIn.url,
      mode: ['--http'],
    });
    const overHttp = await mcpOverHttp(http.url);
    const seen: Json = await overHttp.callTool({
      name: 'get_task_status',
      arguments: { task_id: id },
    });
    expect(seen.structuredContent.status).toBe('completed');
    await overHttp.close();
    // MCP over HTTP only: no REST, no WebSocket.
    const closedDoor = await request(`${http.url}/tasks`);
    expect([closedDoor.status, closedDoor.headers.get('x-content-type-options')]).toEqual([
      404,
      'nosniff',
    ]);
    await using closedSocket = new Listener(`${http.url.replace('http', 'ws')}/ws/${id}`);
    await expect(closedSocket.until('TASK_CREATED')).rejects.toThrow('closed');
    expect(await http.end()).toBe(0);

    await using express = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    expect((await request(`${express.url}/tasks/${id}`)).body.status).toBe('completed');
  });

  it('a second process over stdio attaches to the one that owns the store', async () => {
    await using data = await dataFolder();
    await using owner = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    const { body: task } = await request(`${owner.url}/tasks`, {
      body: { prompt: 'Write a sum function' },
    });
    const client = await mcpOverStdio({ dataDir: data.path, ollamaHost: standIn.url });
    const status: Json = await client.callTool({
      name: 'get_task_status',
      arguments: { task_id: task.task_id },
    });
    expect(status.structuredContent.task_id).toBe(task.task_id);
    await client.close();
  });

  it('over stdio, standard output carries the protocol alone', async () => {
    await using data = await dataFolder();
    const { child, written, answered, closed } = stdioServer({
      dataDir: data.path,
      ollamaHost: standIn.url,
    });
    await answered();
    child.stdin?.end();
    await closed;
    expect(child.exitCode).toBe(0);
    for (const line of written.out.trim().split('\n'))
      expect(JSON.parse(line)).toHaveProperty('jsonrpc');
  });

  it('--help lists the modes and every option, and ends with 0', async () => {
    const child = spawn(process.execPath, ['--conditions=@org/source', main, '--help']);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    for (const word of ['--express', '--http', 'demo', '--port', 'OLLAMA_HOST', 'SIGHUP'])
      expect(output).toContain(word);
  });
});
