import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumAnswers } from './answers.ts';
import { eventually, request } from './client.ts';
import { stdioServer } from './mcp.ts';
import { dataFolder, failedStart, spawnServer, startServer } from './server-process.ts';

let standIn: OllamaStandIn;
beforeAll(async () => {
  standIn = await startOllamaStandIn({ script: sumAnswers });
});
afterAll(() => standIn.close());

const stdioServerIn = (dataDir: string) => stdioServer({ dataDir, ollamaHost: standIn.url });

describe('one line and the exit code 3', () => {
  const other = 'another data folder (--data-dir).';
  const noFolder = `is a file, where a folder is needed. What helps: moving it away, or ${other}`;
  const faults: Record<string, [fault: (dataDir: string) => Promise<unknown>, told: string]> = {
    'the token file is a folder': [
      (dir) => mkdir(join(dir, 'token')),
      `/token is a folder, where a file is needed. What helps: moving it away, or ${other}`,
    ],
    'the token file holds no token': [
      (dir) => writeFile(join(dir, 'token'), 'short\n'),
      '/token holds no token: delete it to have a new one made.',
    ],
    'the token file is a pipe': [
      (dir) => promisify(execFile)('mkfifo', [join(dir, 'token')]),
      '/token holds no token: delete it to have a new one made.',
    ],
    'the token file holds what no header can carry': [
      (dir) => writeFile(join(dir, 'token'), 'two lines of\nwhat is no token\n'),
      '/token holds no token: delete it to have a new one made.',
    ],
    'the events are a file': [
      (dir) => writeFile(join(dir, 'events'), ''),
      '/events: is a file; the event store needs a folder',
    ],
    'the workspaces are a file': [
      (dir) => writeFile(join(dir, 'workspaces'), ''),
      `/workspaces ${noFolder}`,
    ],
    'the memory is a file': [(dir) => writeFile(join(dir, 'memory'), ''), `/memory ${noFolder}`],
    'the data folder is a file': [
      async (dir) => {
        await rm(dir, { recursive: true });
        await writeFile(dir, '');
      },
      ` is a file, or lies below one. What helps: ${other}`,
    ],
    'the data folder is a link that leads nowhere': [
      async (dir) => {
        await rm(dir, { recursive: true });
        await symlink(`${dir}-nowhere`, dir);
      },
      `/events is not there and cannot be made. What helps: ${other}`,
    ],
  };
  it.each(Object.keys(faults))('where %s; with --stand-in nothing else either', async (name) => {
    await using data = await dataFolder();
    const [fault, told] = faults[name] ?? [];
    await fault?.(data.path);
    for (const args of [['--log-level', 'silent'], ['--stand-in']]) {
      const options = { dataDir: data.path, ollamaHost: standIn.url, args };
      expect(await failedStart(options)).toEqual({ code: 3, output: `${data.path}${told}\n` });
    }
  });

  it.skipIf(process.getuid === undefined)(
    'where this user may not write to the data folder',
    async () => {
      await using data = await dataFolder();
      await chmod(data.path, 0o500);
      const { code, output } = await failedStart({
        dataDir: data.path,
        ollamaHost: standIn.url,
        // Root may write everywhere: it becomes somebody else first.
        env: {
          NODE_OPTIONS:
            process.getuid?.() === 0 ? `--import=data:text/javascript,process.setuid(65534)` : '',
        },
      });
      expect([code, output]).toEqual([
        3,
        `${data.path} may not be used by this user. What helps: rights to read and write it, or ${other}\n`,
      ]);
    },
  );
});

it('a memory whose CURRENT holds NUL bytes is put aside and made anew; the server starts', async () => {
  await using data = await dataFolder();
  const options = { dataDir: data.path, ollamaHost: standIn.url };
  await (await startServer(options)).end();
  await writeFile(join(data.path, 'memory', 'CURRENT'), `${'\0'.repeat(15)}\n`);
  await using server = await startServer(options);
  expect((await request(`${server.url}/health`)).status).toBe(200);
  expect(server.log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('made anew'));
  expect(await readdir(data.path)).toContain('memory.damaged-1');
});

describe('while it starts', () => {
  /** Takes connections and never answers: a start hangs on it. */
  async function deafOllama() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const asked = once(server, 'connection');
    return {
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
      asked,
      close: () => server.close(),
    };
  }

  it('SIGTERM ends it with 0', async () => {
    await using data = await dataFolder();
    const ollama = await deafOllama();
    const child = spawnServer({
      dataDir: data.path,
      ollamaHost: ollama.url,
      args: ['--wait-for-ollama'],
    });
    await ollama.asked;
    child.kill('SIGTERM');
    await once(child, 'close');
    ollama.close();
    expect(child.exitCode).toBe(0);
  });
});

describe('SIGHUP', () => {
  it('with a broken configuration changes nothing, says why, and the server goes on', async () => {
    await using data = await dataFolder();
    const file = join(data.path, 'config.json');
    await writeFile(file, JSON.stringify({ models: ['mistral:7b'] }));
    await using server = await startServer({
      dataDir: data.path,
      ollamaHost: standIn.url,
      args: ['--config', file],
    });
    const told = (text: string) => server.log.filter((line) => JSON.stringify(line).includes(text));
    const faults = [
      ['{ nope', 'not a JSON object'],
      [JSON.stringify({ models: [] }), 'Too small'],
      [JSON.stringify({ models: ['absent:1b'] }), 'ollama pull absent:1b'],
    ] as const;
    for (const [index, [broken, fault]] of faults.entries()) {
      await writeFile(file, broken);
      server.child.kill('SIGHUP');
      await eventually(() =>
        expect(told('the configuration stays as it was')).toHaveLength(index + 1),
      );
      expect(told(fault)).toHaveLength(1);
    }
    const { status, body } = await request(`${server.url}/health`);
    expect([status, JSON.stringify(body)]).toEqual([200, expect.stringContaining('mistral:7b')]);
    expect(await server.end()).toBe(0);
  });
});

describe('over stdio', () => {
  it('a client that vanishes, its pipes cut, ends the server in order', async () => {
    await using data = await dataFolder();
    const stdio = stdioServerIn(data.path);
    await stdio.answered();
    stdio.child.stdout?.destroy();
    stdio.child.stdin?.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })}\n`,
    );
    await once(stdio.child, 'exit');
    expect(stdio.child.exitCode).toBe(0);
    // It was closed, not dropped: the next one opens the store at once.
    await using next = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    expect((await request(`${next.url}/readyz`)).status).toBe(200);
  });

  it('SIGTERM closes the store it owns', async () => {
    await using data = await dataFolder();
    const stdio = stdioServerIn(data.path);
    await stdio.answered();
    stdio.child.kill('SIGTERM');
    await stdio.closed;
    expect(stdio.child.exitCode).toBe(0);
    expect(stdio.written.log).toContain('"stopped"');
  });

  it('two at once on one store: one owns it and listens on loopback, the other waits for its address and attaches', async () => {
    await using data = await dataFolder();
    const both = [stdioServerIn(data.path), stdioServerIn(data.path)];
    for (const stdio of both) await stdio.answered();
    expect(both.filter(({ written }) => written.log.includes('attached'))).toHaveLength(1);
    expect(both.filter(({ written }) => /"host":"127\.0\.0\.1"/.test(written.log))).toHaveLength(1);
    for (const { child } of both.toReversed()) child.stdin?.end();
    for (const { closed } of both) await closed;
    const attached = both.find(({ written }) => written.log.includes('attached'));
    expect(attached?.written.log).not.toContain('running tasks');
  });

  it('an owner that dies ends the one attached to it at the next message, with the exit code 3', async () => {
    await using data = await dataFolder();
    await using owner = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    const stdio = stdioServerIn(data.path);
    await stdio.answered();
    await owner.end('SIGKILL');
    stdio.child.stdin?.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })}\n`,
    );
    await stdio.closed;
    expect(stdio.child.exitCode).toBe(3);
    expect(stdio.written.log).toContain('the server has gone');
  });
});
