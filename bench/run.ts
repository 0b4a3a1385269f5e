/**
 * Runs benchmarks by name, each in a process of its own.
 *
 *   pnpm bench --list
 *   pnpm bench NAME [--quick]
 *   pnpm bench all [--quick]
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Name and what is measured, beside what. */
const benchmarks: Readonly<Record<string, string>> = {
  append: 'durable appends, beside a preallocated file, raw LevelDB, SQLite, lmdb and emmett',
  scan: 'reading and folding all events, beside JSON.parse and SQLite',
  'task-read': "one task's events out of many, beside an SQLite index",
  open: 'opening a store, by its size',
  projection: 'folding the coding catalogue',
  scheduler: 'dispatch, beside FIFO rings, p-queue, fastq and async.priorityQueue',
  broadcast: 'WebSocket broadcast, beside a loop of writes, ws and socket.io',
  http: 'POST /tasks, beside node:http, Express and Fastify',
  'related-context': 'graph traversal and ranking, beside typed arrays and graphology',
  'online-cache': 'the online cache, beside Map and lru-cache',
  'context-build': 'the context of one call, beside the last N events',
  sandbox: 'a sandboxed test run, beside bare node --test',
  start: 'start of the server, by the size of its store',
  memory: 'memory with many events and tasks',
  install: 'size and needs of an installed @org/events',
};

const { values, positionals } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const file = (name: string): URL => new URL(`${name}.ts`, import.meta.url);
const standing = Object.keys(benchmarks).filter((name) => existsSync(file(name)));

if (values.list) {
  for (const [name, what] of Object.entries(benchmarks))
    console.log(`${name.padEnd(16)} ${standing.includes(name) ? '' : '(not yet) '}${what}`);
  process.exit(0);
}
const names = positionals.includes('all') ? standing : positionals;
const unknown = names.filter((name) => !standing.includes(name));
if (names.length === 0 || unknown.length > 0) {
  const problem = names.length === 0 ? 'Which benchmark?' : `No benchmark ${unknown.join(', ')}.`;
  console.error(`${problem} There are: ${standing.join(', ')}, or all.`);
  process.exit(2);
}
let failed = 0;
for (const name of names) {
  const args = ['--conditions=@org/source', '--expose-gc', fileURLToPath(file(name))];
  if (values.quick) args.push('--quick');
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
