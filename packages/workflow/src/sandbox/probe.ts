import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { ConfinedFolders, Confinement, Interpreter } from './confinement.ts';
import { defaultLimits } from './limits.ts';
import type { Supervisor } from './supervisor.ts';

/** Runs in the sandbox: what a program can see there. */
const program = `
const fs = require('node:fs');
const net = require('node:net');
const readable = (path) => { try { fs.readdirSync(path); return true; } catch { return false; } };
const report = () => {
  fs.writeSync(3, JSON.stringify({
    node: process.version,
    root: process.getuid?.() === 0,
    seesHome: readable('/root') || readable('/home'),
  }));
  process.exit(0);
};
setTimeout(report, 1000);
try {
  const socket = net.connect({ host: '127.0.0.1', port: Number(process.argv[2]) }, report);
  socket.on('error', report);
} catch {
  report();
}`;

const seen = z.object({ node: z.string(), root: z.boolean(), seesHome: z.boolean() });

type Findings = z.output<typeof seen> & { readonly networkBlocked: boolean };

export type ProbeResult =
  | { readonly ok: true; readonly findings: Findings }
  | { readonly ok: false; readonly reason: string };

/** A real run of the very Node binary in a confinement, beside a port that it must not reach. */
export async function probe(
  confinement: Confinement,
  options: {
    readonly supervisor: Supervisor;
    readonly interpreter: Interpreter;
    readonly folders: ConfinedFolders;
  },
): Promise<ProbeResult> {
  const id = randomUUID();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // Listening on a port: the address is that of a socket.
  const { port } = server.address() as AddressInfo;
  const folders = { ...options.folders, job: join(options.folders.job, id) };
  const report = await options.supervisor.run({
    id,
    folder: folders.job,
    files: [{ path: 'probe.cjs', content: program }],
    command: confinement.command({
      folders,
      interpreter: options.interpreter,
      args: [`${confinement.jobFolder(folders)}/probe.cjs`, String(port)],
      limits: defaultLimits,
    }),
    input: '',
    limits: defaultLimits,
  });
  await new Promise((resolve) => server.close(resolve));
  const parsed = seen.safeParse(parseJson(report.messages));
  if (parsed.success) {
    return { ok: true, findings: { ...parsed.data, networkBlocked: connections === 0 } };
  }
  const said = report.spawnError ?? report.output.trim().split('\n').slice(-3).join(' ');
  return {
    ok: false,
    reason: said === '' ? `it ended with ${report.exitCode ?? report.signal}` : said,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
