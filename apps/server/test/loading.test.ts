import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, failedStart, spawnServer, startServer } from './server-process.ts';

let standIn: OllamaStandIn;
beforeAll(async () => {
  standIn = await startOllamaStandIn();
});
afterAll(() => standIn.close());

/** How a server is started so that it writes down what it loads, and what it has then written. */
function watched(dataDir: string) {
  const file = join(dataDir, 'loaded');
  const hooks = new URL('./loaded-packages.ts', import.meta.url).href;
  return {
    options: {
      dataDir,
      ollamaHost: standIn.url,
      env: { NODE_OPTIONS: `--import=${hooks}`, LOADED_PACKAGES: file },
    },
    packages: async () => (await readFile(file, 'utf8')).split('\n'),
  };
}

describe('what is loaded', () => {
  for (const flag of ['--help', '--version', '--print-config', '--no-such-flag'])
    it(`to answer ${flag}: what reads the settings, nothing else`, async () => {
      await using data = await dataFolder();
      const { options, packages } = watched(data.path);
      await failedStart({ ...options, args: [flag] });
      expect(await packages()).toEqual([
        '@org/models',
        '@org/server',
        'ollama',
        'whatwg-fetch',
        'zod',
      ]);
    });

  it('by a server: neither the demo, nor what waits for the first model call or MCP client', async () => {
    await using data = await dataFolder();
    const { options, packages } = watched(data.path);
    await using server = await startServer(options);
    expect(await server.end()).toBe(0);
    const loaded = await packages();
    expect(loaded).toContain('express');
    for (const late of ['undici', '@modelcontextprotocol/sdk', 'ajv'])
      expect(loaded).not.toContain(late);
  });

  it('by who is attached to a running server: nothing that runs tasks', async () => {
    await using data = await dataFolder();
    await using owner = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    const { options, packages } = watched(data.path);
    const attached = spawnServer({ ...options, mode: [] });
    const ended = once(attached, 'close');
    if (attached.stderr === null) throw new Error('no standard error');
    const [line] = await once(attached.stderr, 'data');
    expect(String(line)).toContain(owner.url);
    attached.stdin?.end();
    await ended;
    const loaded = await packages();
    expect(loaded).toContain('@modelcontextprotocol/sdk');
    for (const part of ['@org/workflow', '@org/context', '@org/orchestrator', 'undici', 'esbuild'])
      expect(loaded).not.toContain(part);
  });
});
