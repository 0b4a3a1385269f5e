import { randomUUID } from 'node:crypto';
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
const report = (networkBlocked) => {
  fs.writeSync(3, JSON.stringify({
    node: process.version,
    root: process.getuid?.() === 0,
    seesHome: readable('/root') || readable('/home'),
    networkBlocked,
  }));
  process.exit(0);
};
const done = (error) => report(['ERR_ACCESS_DENIED', 'ENETUNREACH', 'EPERM'].includes(error?.code));
try {
  const socket = net.connect({ host: '192.0.2.1', port: 9 });
  socket.on('error', done);
  setTimeout(() => done(null), 300);
} catch (error) {
  done(error);
}`;

const findings = z.object({
  node: z.string(),
  root: z.boolean(),
  seesHome: z.boolean(),
  networkBlocked: z.boolean(),
});

export type ProbeResult =
  | { readonly ok: true; readonly findings: z.output<typeof findings> }
  | { readonly ok: false; readonly reason: string };

/** A real run of the very Node binary in a confinement. */
export async function probe(
  confinement: Confinement,
  options: {
    readonly supervisor: Supervisor;
    readonly interpreter: Interpreter;
    readonly folders: ConfinedFolders;
  },
): Promise<ProbeResult> {
  const id = randomUUID();
  const folders = { ...options.folders, job: join(options.folders.job, id) };
  const report = await options.supervisor.run({
    id,
    folder: folders.job,
    files: [{ path: 'probe.cjs', content: program }],
    command: confinement.command({
      folders,
      interpreter: options.interpreter,
      args: [`${confinement.jobFolder(folders)}/probe.cjs`],
      limits: defaultLimits,
    }),
    input: '',
    limits: defaultLimits,
  });
  const parsed = findings.safeParse(parseJson(report.messages));
  if (parsed.success) return { ok: true, findings: parsed.data };
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
