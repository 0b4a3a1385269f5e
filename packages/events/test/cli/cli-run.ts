import { type ChildProcess, type IOType, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/run-cli.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** A folder of its own for one test, gone when the test ends. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'events-cli-'));
  return {
    path,
    in: (name: string) => join(path, name),
    list: async () => (await readdir(path)).sort(),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Runs one command line in this process. */
export async function orgEvents(
  args: readonly string[],
  options: { readonly stdin?: string; readonly signal?: AbortSignal } = {},
) {
  let [out, notes] = ['', ''];
  const exitCode = await runCli(args, {
    stdin: (async function* () {
      yield options.stdin ?? '';
    })(),
    print: async (chunk) => {
      out += chunk;
    },
    note: (chunk) => {
      notes += chunk;
    },
    signal: options.signal ?? new AbortController().signal,
  });
  return { exitCode, out, notes, lines: out.split('\n').slice(0, -1) };
}

/** Starts one command line as a process of its own. Its output is piped, or goes to an open file. */
export function spawnOrgEvents(
  args: readonly string[],
  { stdout = 'pipe', stderr = 'pipe' }: { stdout?: IOType | number; stderr?: IOType | number } = {},
): ChildProcess {
  return spawn(process.execPath, ['--conditions=@org/source', main, ...args], {
    stdio: ['pipe', stdout, stderr],
  });
}

/** Waits for a process to end. */
export async function ended(child: ChildProcess) {
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [out, notes] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  return { exitCode: await exit, out, notes };
}
