import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmission } from '../src/index.ts';
import { problems } from '../src/wire/index.ts';
import { connectMcp, httpTransport, initialize } from './support/mcp-client.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { storeTask } from './support/task-events.ts';
import { connectWs } from './support/ws-client.ts';

const token = 'correct-horse-battery-staple';
const tokens = {
  none: undefined,
  right: token,
  wrong: 'wrong',
  'nearly right': token.slice(0, -1),
};
const origins = {
  none: undefined,
  own: 'http://HOST',
  foreign: 'http://evil.example',
  null: 'null',
};
const hosts = {
  address: '127.0.0.1:PORT',
  name: 'localhost:PORT',
  'local name': 'app.localhost:PORT',
  IPv6: '[::1]:PORT',
  'LAN address': '192.168.7.7:PORT',
  'allowed name': 'box.lan:PORT',
  foreign: 'evil.example:PORT',
  'foreign with our address in it': '127.0.0.1.evil.example',
  malformed: 'a b',
};
const loopbackHosts: readonly string[] = ['address', 'name', 'local name', 'IPv6'];

/** What the rules say, written down a second time. */
function expected(given: {
  readonly host: keyof typeof hosts;
  readonly origin: keyof typeof origins;
  readonly token: keyof typeof tokens;
  readonly isLoopbackPeer: boolean;
  readonly isProxied: boolean;
  readonly isSandboxed: boolean;
}): number {
  if (given.host === 'malformed') return 400;
  if (given.host.startsWith('foreign')) return 403;
  if (given.origin === 'foreign' || given.origin === 'null') return 403;
  const needsNoToken =
    given.isLoopbackPeer &&
    loopbackHosts.includes(given.host) &&
    !given.isProxied &&
    given.isSandboxed;
  return needsNoToken || given.token === 'right' ? 200 : 401;
}

function keys<T extends object>(of: T): (keyof T & string)[] {
  return Object.keys(of) as (keyof T & string)[];
}

function headersFor(given: {
  readonly host: keyof typeof hosts;
  readonly origin: keyof typeof origins;
  readonly token: keyof typeof tokens;
  readonly port: number;
}): Record<string, string> {
  const host = hosts[given.host].replace('PORT', String(given.port));
  const origin = origins[given.origin]?.replace('HOST', host);
  const bearer = tokens[given.token];
  return { host, ...(origin && { origin }), ...(bearer && { authorization: `Bearer ${bearer}` }) };
}

describe('admission', () => {
  it('decides as the rules say for every mix of peer, Host, Origin, token, proxy and sandbox', () => {
    let decided = 0;
    for (const isSandboxed of [true, false]) {
      const admission = createAdmission({
        token,
        sandboxBlocksNetwork: () => isSandboxed,
        allowedHosts: ['Box.lan'],
      });
      for (const host of keys(hosts)) {
        for (const origin of keys(origins)) {
          for (const bearer of keys(tokens)) {
            for (const peer of [
              '127.0.0.1',
              '::1',
              '::ffff:127.0.0.1',
              '192.168.7.9',
              '::ffff:10.0.0.1',
            ]) {
              for (const proxy of [undefined, 'forwarded', 'x-forwarded-for', 'via']) {
                const given = { host, origin, token: bearer, port: 9876 };
                const headers = { ...headersFor(given), ...(proxy && { [proxy]: 'for=1.2.3.4' }) };
                const rawHeaders = Object.entries(headers).flat();
                const request = {
                  headers,
                  rawHeaders,
                  method: 'GET',
                  socket: { remoteAddress: peer },
                };
                const refusal = admission(request as never);
                const status = refusal ? problems[refusal.slug].status : 200;
                const isLoopbackPeer = peer.includes('127.0.0.1') || peer === '::1';
                const isProxied = proxy !== undefined;
                const rule = {
                  host,
                  origin,
                  token: bearer,
                  isLoopbackPeer,
                  isProxied,
                  isSandboxed,
                };
                expect([rule, status]).toEqual([rule, expected(rule)]);
                decided += 1;
              }
            }
          }
        }
      }
    }
    expect(decided).toBe(2 * 9 * 4 * 4 * 5 * 4);
  });

  it('refuses more headers than Node reads: what a proxy has added may be among the dropped', () => {
    const admission = createAdmission({ token, sandboxBlocksNetwork: true });
    const given = (count: number) => {
      const rawHeaders = ['Host', 'localhost', ...Array(2 * (count - 1)).fill('a')];
      const headers = { host: 'localhost' };
      const request = { headers, rawHeaders, method: 'GET', socket: { remoteAddress: '::1' } };
      return admission(request as never)?.slug;
    };
    expect([given(999), given(1_000)]).toEqual([undefined, 'headers-too-large']);
  });

  it('lets nobody in by token when there is none', () => {
    for (const none of [null, '']) {
      const admission = createAdmission({ token: none, sandboxBlocksNetwork: false });
      const headers = { host: 'localhost', authorization: 'Bearer ' };
      const request = { headers, rawHeaders: [], method: 'GET', socket: { remoteAddress: '::1' } };
      expect(admission(request as never)?.slug).toBe('unauthorized');
    }
  });

  it('refuses what pages of other sites fetch, and lets a link be followed', () => {
    const admission = createAdmission({ token: null, sandboxBlocksNetwork: true });
    const ask = (method: string, mode: string) => {
      const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode };
      const request = { headers, rawHeaders: [], method, socket: { remoteAddress: '127.0.0.1' } };
      return admission(request as never)?.slug;
    };
    expect(ask('GET', 'no-cors')).toBe('origin-not-allowed');
    expect(ask('POST', 'navigate')).toBe('origin-not-allowed');
    expect(ask('GET', 'navigate')).toBeUndefined();
  });

  it('allows the origins that it was told of', () => {
    const admission = createAdmission({
      token: null,
      sandboxBlocksNetwork: true,
      allowedOrigins: ['https://dash.example'],
    });
    const ask = (origin: string) => {
      const headers = { host: 'localhost', origin };
      const request = { headers, rawHeaders: [], method: 'POST', socket: { remoteAddress: '::1' } };
      return admission(request as never)?.slug;
    };
    expect(ask('https://dash.example')).toBeUndefined();
    expect(ask('https://dash.example.evil')).toBe('origin-not-allowed');
  });
});

describe('every door', () => {
  let running: RunningApi;
  let lenient: RunningApi;
  beforeAll(async () => {
    const limits = { writesPerMinute: Number.POSITIVE_INFINITY };
    const allowedHosts = ['box.lan'];
    running = await runApi({ limits, auth: { token, sandboxBlocksNetwork: true, allowedHosts } });
    lenient = await runApi({ limits, auth: { token, sandboxBlocksNetwork: false, allowedHosts } });
    await storeTask(running.store, 't');
    await storeTask(lenient.store, 't');
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await lenient[Symbol.asyncDispose]();
  });

  type Headers = Record<string, string>;
  const doors: Record<string, (port: number, headers: Headers) => Promise<number>> = {
    'GET /tasks/t': (port, headers) => send(port, 'GET', '/tasks/t', headers),
    'GET /health': (port, headers) => send(port, 'GET', '/health', headers),
    'GET /nothing-here': async (port, headers) => {
      const status = await send(port, 'GET', '/nothing-here', headers);
      return status === 404 ? 200 : status;
    },
    'POST /tasks': (port, headers) => send(port, 'POST', '/tasks', headers, '{"prompt":"p"}'),
    'POST /mcp': (port, headers) =>
      send(
        port,
        'POST',
        '/mcp',
        { ...headers, accept: 'application/json, text/event-stream' },
        JSON.stringify(initialize),
      ),
    'GET /mcp/': (port, headers) => send(port, 'GET', '/mcp/', headers),
    'POST /mcp/tools/call': (port, headers) =>
      send(port, 'POST', '/mcp/tools/call', headers, '{"name":"list_tasks"}'),
    'upgrade /ws/t': (port, headers) => upgrade(port, headers),
  };

  it.each(Object.keys(doors))(
    '%s is behind the same check of Host, Origin and token',
    async (door) => {
      for (const { port, isSandboxed } of [
        { port: running.port, isSandboxed: true },
        { port: lenient.port, isSandboxed: false },
      ]) {
        for (const host of keys(hosts)) {
          for (const origin of keys(origins)) {
            for (const bearer of ['none', 'right', 'wrong'] as const) {
              const headers = headersFor({ host, origin, token: bearer, port });
              const rule = {
                host,
                origin,
                token: bearer,
                isLoopbackPeer: true,
                isProxied: false,
                isSandboxed,
              };
              const status = await doors[door]?.(port, headers);
              expect([rule, status]).toEqual([rule, expected(rule)]);
            }
          }
        }
      }
    },
  );

  it('does not take a token from the URL', async () => {
    for (const query of [
      `?token=${token}`,
      `?access_token=${token}`,
      `?authorization=Bearer%20${token}`,
    ]) {
      expect((await lenient.get(`/tasks/t${query}`)).status).toBe(401);
      const client = connectWs(lenient.webSocketUrl('t', query));
      await client.isClosed();
      expect(client.refused).toBe(401);
    }
  });

  it('takes a token from the subprotocols of an upgrade only, and does not echo it', async () => {
    const protocols = ['coding-events.v1', `bearer.${token}`];
    const client = connectWs(lenient.webSocketUrl('t'), { protocols });
    await client.caughtUp();
    expect(client.socket.protocol).toBe('coding-events.v1');
    client.socket.close();
    const rest = await lenient.get('/tasks/t', { 'sec-websocket-protocol': protocols.join(', ') });
    expect(rest.status).toBe(401);
  });

  it.each([
    ['one of 20 000 bytes', `a: ${'x'.repeat(20_000)}\r\n`],
    ['1 500 of them', 'a:\r\n'.repeat(1_500)],
    ['1 000 of them', 'a:\r\n'.repeat(999)],
  ])('answers a flood of headers, %s, with 431 and closes', async (_flood, headers) => {
    const socket = connect(running.port, '127.0.0.1');
    socket.on('error', () => {});
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.write(`GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${running.port}\r\n${headers}\r\n`);
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect((await running.get('/livez')).status).toBe(200);
    expect(running.errors).toEqual([]);
  });

  it('refuses two Host headers', async () => {
    const socket = connect(running.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /tasks/t HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n');
    const [data] = await once(socket, 'data');
    expect(String(data)).toContain('400 Bad Request');
    socket.destroy();
  });

  it('asks with WWW-Authenticate, and says what was expected of an Origin', async () => {
    const unauthorized = await lenient.get('/tasks/t');
    expect(unauthorized.headers.get('www-authenticate')).toBe('Bearer');
    const foreign = await running.get('/tasks/t', { origin: 'http://evil.example' });
    const { detail } = (await foreign.json()) as { detail: string };
    expect(detail).toContain('evil.example');
    expect(detail).toContain(`127.0.0.1:${running.port}`);
  });

  it('limits writes per address, not reads', async () => {
    await using limited = await runApi({ limits: { writesPerMinute: 3 } });
    const statuses = [];
    for (let n = 0; n < 5; n += 1)
      statuses.push((await limited.post('/tasks', { prompt: 'p' })).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await limited.post('/mcp/tools/call', { name: 'list_tasks' });
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await limited.get('/tasks')).status).toBe(200);
  });
});

const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

describe('from the machine’s own non-loopback address', () => {
  it.skipIf(ownAddress === undefined)(
    'works with the token and not without: REST, WebSocket and MCP',
    async () => {
      await using open = await runApi({
        listenOn: '0.0.0.0',
        auth: { token, sandboxBlocksNetwork: true },
      });
      await storeTask(open.store, 't');
      const authority = `${ownAddress}:${open.port}`;
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(`http://${authority}/tasks/t`)).status).toBe(401);
      expect((await fetch(`http://${authority}/tasks/t`, { headers })).status).toBe(200);
      const refused = connectWs(`ws://${authority}/ws/t`);
      await refused.isClosed();
      expect(refused.refused).toBe(401);
      const client = connectWs(`ws://${authority}/ws/t`, { headers });
      await client.caughtUp();
      client.socket.close();
      await expect(connectMcp(httpTransport(`http://${authority}/mcp`))).rejects.toThrow();
      await using mcp = await connectMcp(httpTransport(`http://${authority}/mcp`, { token }));
      expect(await mcp.call('get_task_status', { task_id: 't' })).toMatchObject({ version: 4 });
      // A loopback Host does not help a peer that is none.
      const pretending = await send(
        open.port,
        'GET',
        '/tasks/t',
        { host: 'localhost' },
        undefined,
        ownAddress,
      );
      expect(pretending).toBe(401);
    },
  );
});

function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
  address = '127.0.0.1',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const options = { host: address, port, method, path, headers: { ...type, ...headers } };
    const request = httpRequest({ ...options, setHost: false }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function upgrade(port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  const client = connectWs(`ws://127.0.0.1:${port}/ws/t`, { headers });
  const opened = new Promise<number>((resolve) => {
    client.socket.on('open', () => resolve(200));
    client.socket.on('close', () => resolve(client.refused ?? 0));
  });
  const status = await opened;
  client.socket.terminate();
  return status;
}
