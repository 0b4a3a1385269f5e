#!/usr/bin/env node
import type { Terminal } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { runCli } from './run-cli.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

/** The reader of a pipe has gone (`| head`): there is nobody left to write for, and nothing wrong. */
let isReaderGone = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  isReaderGone = true;
  interrupted.abort();
});

const terminal: Terminal = {
  stdin: process.stdin,
  print: (text) =>
    new Promise((resolve) => {
      // Called when the text is written, and when it cannot be.
      if (process.stdout.write(text, () => resolve())) resolve();
    }),
  note: (text) => {
    if (!isReaderGone) process.stderr.write(text);
  },
  signal: interrupted.signal,
};

const run = async () => {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major >= 22) return runCli(process.argv.slice(2), terminal);
  terminal.note(`org-events needs Node 22.18 or newer; this is ${process.version}.\n`);
  return ExitCode.unexpected;
};

run().then(
  (exitCode) => {
    process.exitCode = isReaderGone ? ExitCode.ok : exitCode;
    process.stdin.destroy(); // else a command that was interrupted waits for its end
  },
  (error: unknown) => {
    process.exitCode = ExitCode.unexpected;
    process.stderr.write(`${String(error)}\n`);
  },
);
