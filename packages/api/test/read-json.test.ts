import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import express from 'express';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpProblem } from '../src/http/http-problem.ts';
import { parseJson, readJson } from '../src/http/read-json.ts';
import { type RunningApi, runApi } from './support/running-api.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi({ limits: { bodyBytes: 10_000, bodyTimeoutMs: 150 } });
});
afterAll(() => running[Symbol.asyncDispose]());

const send = (body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>>) =>
  fetch(`${running.url}/tasks`, { method: 'POST', headers, body });

/** Writes bytes to a socket and gives back the status line that comes. */
async function raw(...parts: readonly string[]): Promise<string> {
  const socket = connect(running.port, '127.0.0.1');
  await once(socket, 'connect');
  for (const part of parts) socket.write(part.replace('PORT', String(running.port)));
  const [data] = await once(socket, 'data');
  socket.destroy();
  return String(data).split('\r\n', 1)[0] ?? '';
}

const head = 'POST /tasks HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n';

describe('reading a JSON body', () => {
  it.each([
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['Application/JSON;charset="UTF-8"', 200],
    ['application/json ; charset = utf-8 ; ', 200],
    ['application/json;', 200],
    ['application/json;;', 415],
    ['application/json charset=utf-8', 415],
    ['application/json; charset=latin1', 415],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/jsonp', 415],
    ['text/plain; application/json', 415],
  ])('takes %s: %i', async (type, status) => {
    expect((await send('{"prompt":"p"}', { 'content-type': type })).status).toBe(status);
  });

  it('wants a type, no compression, UTF-8, and takes a byte order mark', async () => {
    const json = { 'content-type': 'application/json' };
    expect((await send(new Uint8Array(Buffer.from('{}')), {})).status).toBe(415);
    const zipped = new Uint8Array(gzipSync('{"prompt":"p"}'));
    expect((await send(zipped, { ...json, 'content-encoding': 'gzip' })).status).toBe(415);
    const latin = new Uint8Array(Buffer.from('{"prompt":"\xE4"}', 'latin1'));
    expect((await send(latin, json)).status).toBe(400);
    expect((await send('\uFEFF{"prompt":"p"}', json)).status).toBe(200);
    expect((await send('', json)).status).toBe(400);
  });

  it('has a limit, whether the length is declared or not, and does not wait for the rest', async () => {
    expect(await raw(`${head}Content-Length: 10001\r\n\r\n`)).toContain('413');
    const chunk = 'x'.repeat(6_000);
    const sized = `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n`, sized, sized)).toContain('413');
  });

  it.each([
    ['/tasks', 'application/json', '413'],
    ['/mcp', 'application/json', '413'],
    ['/tasks', 'text/plain', '415'],
    ['/nowhere', 'application/json', '404'],
  ])(
    'refuses 10 MB for %s as %s so that who sends all of it before reading is told %s',
    async (path, type, status) => {
      const socket = connect(running.port, '127.0.0.1');
      const lines = [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${running.port}`];
      socket.write(
        [...lines, `Content-Type: ${type}`, 'Content-Length: 10000000', '', ''].join('\r\n'),
      );
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.write(Buffer.alloc(10_000_000, 'x'), () => resolve());
      });
      const [data] = await once(socket, 'data');
      expect(String(data)).toContain(`HTTP/1.1 ${status} `);
      socket.destroy();
    },
  );

  it('gives up on a body that does not arrive, and on one that is cut off', async () => {
    expect(await raw(`${head}Content-Length: 20\r\n\r\n`, '{"prompt"')).toContain('408');
    const socket = connect(running.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${head.replace('PORT', String(running.port))}Content-Length: 20\r\n\r\n{"pro`);
    socket.destroy();
    expect((await running.get('/livez')).status).toBe(200);
    expect(running.errors).toEqual([]);
  });

  it.each([
    '{"prompt":"p","__proto__":{"admin":true}}',
    '{"prompt":"p","\\u005f_proto__":{}}',
    '{"prompt":"p","answers":[{"constructor":{"prototype":{}}}]}',
  ])('refuses keys that reach for a prototype: %s', async (body) => {
    const response = await send(body, { 'content-type': 'application/json' });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('malformed-json'),
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('leaves such words alone where they are text', async () => {
    const prompt = 'explain __proto__ and "constructor" \u0001';
    const response = await running.post('/tasks', { prompt, task_id: 'proto' });
    expect(response.status).toBe(200);
    expect((await running.store.getEvents('proto'))[0]?.data).toMatchObject({ prompt });
  });

  it('survives deep nesting', async () => {
    const depth = 4_000;
    const body = `{"name":"list_tasks","_meta":{"x":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
    expect((await running.post('/mcp/tools/call', body)).status).toBe(200);
    expect(
      parseJson(Buffer.from(`${'['.repeat(100_000)}"\\u0041"${']'.repeat(100_000)}`)),
    ).toBeDefined();
  });

  it('parses what JSON.parse parses, and refuses what it refuses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        let parsed: unknown;
        let isJson = true;
        try {
          parsed = JSON.parse(text);
        } catch {
          isJson = false;
        }
        if (/__proto__|constructor/.test(text) || text.startsWith('\uFEFF')) return;
        const bytes = Buffer.from(text);
        if (isJson && bytes.toString() === text) expect(parseJson(bytes)).toEqual(parsed);
        else if (!isJson) expect(() => parseJson(bytes)).toThrow(HttpProblem);
      }),
    );
  });

  it('takes what another middleware has parsed before', async () => {
    const app = express();
    app.use(express.json());
    app.post('/', async (request, response) => {
      response.json({ read: await readJson(request) });
    });
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address of this kind.
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(await response.json()).toEqual({ read: { a: 1 } });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
