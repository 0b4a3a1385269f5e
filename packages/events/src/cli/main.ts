#!/usr/bin/env node
import type { Terminal } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { runCli } from './run-cli.ts';
import { standardOutput } from './standard-output.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

/** The reader of a pipe has gone (`| head`): there is nobody left to write for, and nothing wrong. */
let isReaderGone = false;
const print = standardOutput(() => {
  isReaderGone = true;
  interrupted.abort();
});
process.stderr.on('error', () => undefined); // what can be told nowhere must not end what is under way

const terminal: Terminal = {
  stdin: process.stdin,
  print,
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
