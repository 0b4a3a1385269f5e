/**
 * One event to all WebSocket clients of a task, and bursts of ten: 100 and 1 000 clients in another
 * process, from before the message is encoded to the last client's last byte.
 *
 *  - a loop that writes one prebuilt frame to plain sockets, the limit; `ws` with one buffer for all;
 *    `ws` with a message encoded per client; socket.io over WebSocket only
 *  - ours, handed an event, or a burst that leaves in one write; and ours following a store to which
 *    the burst is appended, with all that the store does
 *
 * Not measured: slow clients (the tests do), real networks, compression (it is off everywhere).
 *
 *   pnpm bench broadcast [--quick]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { conclude, median } from './harness.ts';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 30 : 100;
const warmUps = 5;
const burst = 10;
const single = ['net, one frame', 'ws, one buffer', 'ws, per client', 'socket.io', 'ours'] as const;
const bursting = ['ws, one buffer', 'socket.io', 'ours', 'ours, from the store'] as const;
type Name = (typeof single)[number] | (typeof bursting)[number];

interface Measured {
  readonly ms: number[];
  readonly cpu: number[];
  rss: number;
}

const protocolOf = (name: Name): string => {
  if (name === 'socket.io') return 'socket.io';
  return name.startsWith('ours') ? 'coding-events.v1' : '';
};

function child(file: string, ...args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return fork(path, [...args], { execArgv: ['--conditions=@org/source'] });
}

/** Waits for the next message of a child that has this field. */
async function said(from: ChildProcess, field: string): Promise<Record<string, unknown>> {
  for (;;) {
    const [message] = await once(from, 'message');
    if (field in message) return message;
  }
}

async function measure(names: readonly Name[], clients: number, count: number) {
  const receivers = child('./broadcast-clients.ts');
  const servers = new Map<Name, ChildProcess>();
  const results = new Map<Name, Measured>();
  for (const name of names) {
    const server = child('./broadcast-server.ts', name);
    servers.set(name, server);
    results.set(name, { ms: [], cpu: [], rss: 0 });
    const { port } = await said(server, 'port');
    const opened = said(receivers, 'opened');
    receivers.send({ open: name, port, size: clients, protocol: protocolOf(name) });
    await opened;
  }
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [name, server] of servers) {
      const expecting = said(receivers, 'expecting');
      receivers.send({ expect: name, count });
      await expecting;
      const received = said(receivers, 'at');
      const sent = said(server, 'at');
      server.send({ count });
      const ms =
        Number(BigInt(String((await received).at)) - BigInt(String((await sent).at))) / 1e6;
      const result = results.get(name);
      if (round < 0 || result === undefined) continue;
      result.ms.push(ms);
      result.cpu.push(Number((await sent).cpu) / 1e3);
      result.rss = Number((await sent).rss);
    }
  }
  for (const server of servers.values()) server.kill();
  receivers.kill();
  return results;
}

const at = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? Number.NaN;

function show(title: string, results: ReadonlyMap<Name, Measured>, events: number): void {
  console.log(title);
  console.table(
    [...results].map(([name, { ms, cpu, rss }]) => ({
      server: name,
      'p50 ms': Number(median(ms).toFixed(2)),
      'p99 ms': Number(at(ms, 0.99).toFixed(2)),
      'events/s': Math.round((events / median(ms)) * 1_000),
      'CPU ms': Number(median(cpu).toFixed(2)),
      'RSS MB': Math.round(rss / 1e6),
    })),
  );
}

const ratios: Record<string, number> = {};
const rss: number[] = [];
for (const clients of [100, 1_000]) {
  const one = await measure(single, clients, 1);
  show(`one event to ${clients} clients`, one, clients);
  const of = (name: Name) => one.get(name)?.ms ?? [];
  ratios[`p50 of ours / one buffer, ${clients}`] =
    median(of('ours')) / median(of('ws, one buffer'));
  ratios[`p99 ms of ours, ${clients}`] = at(of('ours'), 0.99);
  ratios[`slowest ms of ours, ${clients}`] = Math.max(...of('ours'));
  rss.push(one.get('ours')?.rss ?? 0);
  const many = await measure(bursting, clients, burst);
  show(`${burst} events at once to ${clients} clients`, many, clients * burst);
  const speed = (name: Name) => 1 / median(many.get(name)?.ms ?? []);
  ratios[`burst events/s, ours / socket.io, ${clients}`] = speed('ours') / speed('socket.io');
}
ratios['KB per client of ours'] = ((rss[1] ?? 0) - (rss[0] ?? 0)) / 900 / 1e3;
conclude('broadcast', ratios, {
  'p50 of ours / one buffer, 100': { atMost: 1.15 },
  'p50 of ours / one buffer, 1000': { atMost: 1.15 },
  'p99 ms of ours, 100': { atMost: 10 },
  'p99 ms of ours, 1000': { atMost: 40 },
  // "100 clients under 100 ms", every time.
  'slowest ms of ours, 100': { atMost: 100 },
  'burst events/s, ours / socket.io, 100': { atLeast: 5 },
  'burst events/s, ours / socket.io, 1000': { atLeast: 5 },
});
