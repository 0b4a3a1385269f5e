import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program. */
export const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

/** One line of the server's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** The server as people run it: a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  readonly log: readonly LogLine[];
  /** Everything written to standard error. */
  stderr(): string;
  /** Ends it with a signal and gives the exit code; null: ended by the signal itself. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerOptions {
  readonly dataDir: string;
  readonly ollamaHost: string;
  /** @default ['--express'] */
  readonly mode?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder for a server's data, removed at the end. */
export async function dataFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'server-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export function spawnServer(options: ServerOptions): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--conditions=@org/source',
      main,
      ...(options.mode ?? ['--express']),
      ...['--port', '0', '--data-dir', options.dataDir, '--embedding-model', 'none'],
      ...(options.args ?? []),
    ],
    {
      env: { PATH: process.env.PATH, OLLAMA_HOST: options.ollamaHost, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
}

/** Starts a server and waits until it says where it listens. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const child = spawnServer(options);
  const log: LogLine[] = [];
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const closed = once(child, 'close');
  if (child.stdout === null) throw new Error('no standard output');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (text) => {
      if (!text.startsWith('{')) return;
      // The server's log lines are JSON objects with a message.
      const line = JSON.parse(text) as LogLine;
      log.push(line);
      if (typeof line.url === 'string') resolve(line.url);
    });
    void closed.then(() => reject(new Error(`the server ended: ${errors}${JSON.stringify(log)}`)));
  });
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await closed;
    return child.exitCode;
  };
  return {
    child,
    url,
    log,
    stderr: () => errors,
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}

/** Runs a server that is expected not to start. */
export async function failedStart(
  options: ServerOptions,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawnServer(options);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  await once(child, 'close');
  return { code: child.exitCode, output };
}
