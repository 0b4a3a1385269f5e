import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumAnswers } from './answers.ts';
import { request } from './client.ts';
import { dataFolder, type ServerProcess, startServer } from './server-process.ts';

const candidates = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = candidates.find((path) => path !== '' && existsSync(path));
if (executablePath === undefined)
  console.warn('SKIPPED 3: no Chromium found (CHROMIUM_PATH): a real browser was not asked');

describe.skipIf(executablePath === undefined)('in a real browser', () => {
  let standIn: OllamaStandIn;
  let data: Awaited<ReturnType<typeof dataFolder>>;
  let server: ServerProcess;
  let stranger: Server;
  let strangerUrl: string;
  let browser: Browser;

  beforeAll(async () => {
    standIn = await startOllamaStandIn({ script: sumAnswers });
    data = await dataFolder();
    server = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    stranger = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>stranger</title>');
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const address = stranger.address();
    strangerUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-gpu'],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    stranger?.close();
    await server?.[Symbol.asyncDispose]();
    await standIn?.close();
    await data?.[Symbol.asyncDispose]();
  });

  it('a page on another port can neither read nor write', async () => {
    const { body: before } = await request(`${server.url}/tasks`);
    const page = await browser.newPage();
    await page.goto(strangerUrl);
    const tried = await page.evaluate(async (url) => {
      const attempt = async (init: RequestInit, path = '/tasks'): Promise<string> => {
        try {
          const response = await fetch(url + path, init);
          return `${response.type} ${response.status} ${await response.text()}`;
        } catch (error) {
          return `refused: ${String(error)}`;
        }
      };
      const body = JSON.stringify({ prompt: 'from a stranger' });
      return {
        read: await attempt({}),
        blindRead: await attempt({ mode: 'no-cors' }),
        write: await attempt({
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }),
        blindWrite: await attempt({ method: 'POST', mode: 'no-cors', body }),
        mcp: await attempt({ method: 'POST', mode: 'no-cors', body }, '/mcp/tools/call'),
      };
    }, server.url);
    expect(tried.read).toContain('refused');
    expect(tried.write).toContain('refused');
    expect(tried.blindRead).toMatch(/^(opaque 0 $|refused)/);
    for (const blind of [tried.blindWrite, tried.mcp])
      expect(blind).toMatch(/^(opaque 0 $|refused)/);
    // What the page could not see did not happen either.
    const { body: after } = await request(`${server.url}/tasks`);
    expect(after.items).toEqual(before.items);
    await page.close();
  });

  it('a page on another port cannot open a socket', async () => {
    const { body: task } = await request(`${server.url}/tasks`, {
      body: { prompt: 'Write a sum function' },
    });
    const page = await browser.newPage();
    await page.goto(strangerUrl);
    const outcome = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url);
          socket.onmessage = (event) => resolve(`received ${event.data}`);
          socket.onopen = () => resolve('opened');
          socket.onclose = (event) => resolve(`closed ${event.code}`);
        }),
      task.websocket_url,
    );
    expect(outcome).toBe('closed 1006');
    await page.close();
  });

  it('`/docs` works offline: nothing is asked of another host, and it shows the routes', async () => {
    const page = await browser.newPage();
    const foreign: string[] = [];
    const faults: string[] = [];
    page.on('request', (asked) => {
      if (!asked.url().startsWith(server.url) && !/^(data|blob):/.test(asked.url()))
        foreign.push(asked.url());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(`${server.url}/docs`);
    await page.getByText('/tasks', { exact: false }).first().waitFor();
    expect([foreign, faults]).toEqual([[], []]);
    await page.close();
  });
});
