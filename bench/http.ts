/**
 * `POST /tasks`, a body of about 230 bytes, from 20 connections that are kept alive, each server in a
 * process of its own:
 *
 *  - node:http with zod, the limit; Express with `express.json()` and zod, and Fastify with zod, what
 *    users would write
 *  - ours: Host, Origin and token checked, body and rate limits, figures, one access record per
 *    request; without an append, and with a durable one (LevelDB, fsync before the answer)
 *  - the two limits of the durable one: Express that appends likewise, and the store alone with as many
 *    appends in flight as there are connections
 *
 * "At least Express with `express.json()` and zod, durable append included" can be read in two ways, and
 * both are goals: with the append on our side only, which the store alone cannot keep here (decision
 * 0063); and with the same append on both, which is what a user who needs it would compare.
 *
 * The goals are on the server's CPU per request, the steadier figure on a busy machine; with the
 * append on requests per second, since it is waiting and not computing that the disk costs.
 *
 * Not measured: connections being opened, TLS, large bodies.
 *
 *   pnpm bench http [--quick]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { conclude, median } from './harness.ts';
import { openStoreAlone } from './http-store.ts';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 3 : 9;
const requests = isQuick ? 6_000 : 15_000;
const connections = 20;
const names = ['node', 'express', 'fastify', 'ours', 'express, durable', 'ours, durable'] as const;
type Name = (typeof names)[number] | 'store alone';

interface Round {
  readonly perSecond: number;
  /** Of the server, µs per request. */
  readonly cpu: number;
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(name: string): Promise<Server> {
  const file = fileURLToPath(new URL('./http-server.ts', import.meta.url));
  const child = fork(file, [name], { execArgv: ['--conditions=@org/source'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)));
    child.once('exit', () => reject(new Error(`The server ${name} did not start`)));
  });
  return { child, port };
}

function cpuOf({ child }: Server): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(Number(message)));
    child.send('cpu');
  });
}

async function measure(server: Server, count: number): Promise<Round> {
  const before = await cpuOf(server);
  const startedAt = performance.now();
  const ids = await load(server.port, count);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (new Set(ids).size !== count) throw new Error(`${new Set(ids).size} tasks of ${count}`);
  return { perSecond: count / seconds, cpu: ((await cpuOf(server)) - before) / count };
}

/** Sends that many requests over all connections, one at a time on each; gives the tasks' ids. */
async function load(port: number, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let sent = 0;
  const next = () => {
    sent += 1;
    return sent <= count ? requestBytes(port, sent) : undefined;
  };
  await Promise.all(Array.from({ length: connections }, () => converse(port, next, ids)));
  return ids;
}

function requestBytes(port: number, n: number): string {
  const body = JSON.stringify({
    prompt: `Write a validator for e-mail addresses and phone numbers, number ${n}, with tests for every rule`,
    answers: ['JavaScript', 'no dependencies'],
    priority: 'HIGH',
    language: 'javascript',
  });
  return `POST /tasks HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function converse(port: number, next: () => string | undefined, ids: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', ask);
    socket.setNoDelay(true);
    let text = '';
    function ask(): void {
      const request = next();
      if (request === undefined) {
        socket.end();
        resolve();
      } else socket.write(request);
    }
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (text.length < end + 4 + length) return;
      const id = /"task_id":"([^"]+)"/.exec(text)?.[1];
      if (!text.startsWith('HTTP/1.1 200') || id === undefined) {
        reject(new Error(text.slice(0, 300)));
        return;
      }
      ids.push(id);
      text = '';
      ask();
    });
  });
}

const rows: readonly Name[] = [...names, 'store alone'];
const measured = new Map<Name, Round[]>(rows.map((name) => [name, []]));
const storeAlone = await openStoreAlone();
const servers = new Map<(typeof names)[number], Server>();
for (const name of names) servers.set(name, await start(name));
for (let round = -1; round < rounds; round += 1) {
  for (const [name, server] of servers) {
    const result = await measure(server, requests);
    if (round >= 0) measured.get(name)?.push(result);
  }
  const result = await storeAlone.measure(requests, connections);
  if (round >= 0) measured.get('store alone')?.push(result);
}
await storeAlone[Symbol.asyncDispose]();
for (const { child } of servers.values()) child.kill();

const of = (name: Name, figure: keyof Round) =>
  median((measured.get(name) ?? []).map((round) => round[figure]));
console.table(
  rows.map((name) => ({
    server: name,
    'requests/s': Math.round(of(name, 'perSecond')),
    'CPU µs/request': Number(of(name, 'cpu').toFixed(1)),
    'CPU beside Express': Number((of('express', 'cpu') / of(name, 'cpu')).toFixed(2)),
  })),
);
conclude(
  'http',
  {
    'cpu: express.json + zod / ours': of('express', 'cpu') / of('ours', 'cpu'),
    'per second: ours, durable / express.json + zod':
      of('ours, durable', 'perSecond') / of('express', 'perSecond'),
    'per second: ours, durable / express.json + zod, durable':
      of('ours, durable', 'perSecond') / of('express, durable', 'perSecond'),
    'per second: ours, durable / the store alone':
      of('ours, durable', 'perSecond') / of('store alone', 'perSecond'),
    'per second: ours / express.json + zod': of('ours', 'perSecond') / of('express', 'perSecond'),
    'cpu: node + zod / ours': of('node', 'cpu') / of('ours', 'cpu'),
  },
  {
    'cpu: express.json + zod / ours': { atLeast: 2 },
    'per second: ours, durable / express.json + zod': { atLeast: 1 },
    'per second: ours, durable / express.json + zod, durable': { atLeast: 1 },
  },
);
