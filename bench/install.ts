/**
 * Installing `@org/events` with npm into an empty project: bytes on disk, packages, and whether it works
 * without install scripts, that is without a compiler, imported and required.
 *
 * Takes the packed package as it would be published; its dependencies come from the registry.
 *
 *   node --conditions=@org/source bench/install.ts [--quick]
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conclude } from './harness.ts';

const packageFolder = join(import.meta.dirname, '..', 'packages', 'events');
const folder = await mkdtemp(join(tmpdir(), 'bench-install-'));
const run = (command: string, args: readonly string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  run('pnpm', ['build'], packageFolder);
  run('pnpm', ['pack', '--pack-destination', folder], packageFolder);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('nothing was packed');
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  const start = performance.now();
  run(
    'npm',
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      join(folder, tarball),
    ],
    folder,
  );
  const installMs = Math.round(performance.now() - start);
  await writeFile(
    join(folder, 'use.mjs'),
    program(
      "import { defineEvents } from '@org/events';\nimport { openLevelEventStore } from '@org/events/level';",
    ),
  );
  await writeFile(
    join(folder, 'use.cjs'),
    program(
      "const { defineEvents } = require('@org/events');\nconst { openLevelEventStore } = require('@org/events/level');",
    ),
  );
  for (const file of ['use.mjs', 'use.cjs']) {
    if (run(process.execPath, [file], folder).trim() !== '1')
      throw new Error(`${file} does not work`);
  }
  const bytes = await sizeOf(join(folder, 'node_modules'));
  const packages = JSON.parse(run('npm', ['query', ':root *', '--loglevel=error'], folder)).length;
  const result = {
    megabytes: Number((bytes / 1_048_576).toFixed(2)),
    packages,
    installMs,
    scripts: 'none run',
  };
  console.table([result]);
  console.log(JSON.stringify({ bench: 'install', ...result }));
  conclude('install', { 'MB of 15': result.megabytes / 15 }, { 'MB of 15': { atMost: 1 } });
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Appends one event to a durable store and prints its sequence. */
function program(imports: string): string {
  return `${imports}
(async () => {
  const catalog = defineEvents({});
  const store = await openLevelEventStore({ path: 'store-' + process.pid, catalog });
  await store.importEvents([{ sequence: 1, version: 1, vectorClock: {}, eventId: '0190a000-0000-7000-8000-000000000001', taskId: 'a', eventType: 'X', timestamp: '2026-11-23T10:00:00.000Z', data: {} }]);
  console.log((await store.head()).sequence);
  await store.close();
})();
`;
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
