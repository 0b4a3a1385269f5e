/**
 * Memory of a process that has a large store open: before and after opening, after reading all of it, after
 * reading every task, and after appends. Each size in a process of its own; before opening it has Node itself, the
 * sources and what Node needs to strip their types, which a program that uses the built package does not have.
 *
 * LevelDB maps its tables into memory, so what was read of them counts as resident although it is page cache,
 * which the system takes back when it needs it. So it is the resident memory without mapped files that is held
 * against the goal (Linux tells it; elsewhere it is all of it); what is resident with them stands beside it.
 * Does not measure a server around the store.
 *
 *   node --conditions=@org/source bench/memory.ts [--quick]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conclude } from './harness.ts';
import { openFilled, tasks } from './stored-events.ts';

const isQuick = process.argv.includes('--quick');
const sizes = isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
const [mode, path = '', size = '0'] = process.argv.slice(2);
if (mode === 'measure') {
  await measure(path, Number(size));
} else {
  const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
  const rows: Record<string, number>[] = [];
  try {
    for (const events of sizes) {
      const store = join(folder, `${events}`);
      const filled = await openFilled(store, events);
      await filled.seal();
      await filled.close();
      const args = [
        '--conditions=@org/source',
        '--expose-gc',
        import.meta.filename,
        'measure',
        store,
        `${events}`,
      ];
      const { stdout, status } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      if (status !== 0) throw new Error(`The measuring process ended with ${status}`);
      rows.push({ events, ...JSON.parse(stdout) });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.table(rows);
  for (const row of rows) console.log(JSON.stringify({ bench: 'memory', ...row }));
  const peak = Math.max(
    ...Object.entries(rows.at(-1) ?? {}).flatMap(([what, value]) =>
      what === 'events' || what === 'withFiles' ? [] : [value],
    ),
  );
  conclude('memory', { 'MB of 250': peak / 250 }, { 'MB of 250': { atMost: 1 } });
}

async function measure(at: string, events: number): Promise<void> {
  let withFiles = 0;
  const megabytes = () => {
    globalThis.gc?.();
    const rss = process.memoryUsage.rss();
    withFiles = Math.max(withFiles, Math.round(rss / 1_048_576));
    return Math.round((rss - mappedFiles()) / 1_048_576);
  };
  const before = megabytes();
  await using store = await openFilled(at, events);
  const opened = megabytes();
  let count = 0;
  for await (const event of store.read()) if (event.sequence > 0) count += 1;
  if (count !== events) throw new Error(`${count} of ${events} events`);
  const readAll = megabytes();
  for (let n = 0; n < tasks; n++) await store.getEvents(`task-${n}`);
  const readTasks = megabytes();
  await store.close();
  await using again = await openFilled(at, events + 20_000);
  const appended = again.health().head.sequence > events ? megabytes() : Number.NaN;
  console.log(JSON.stringify({ before, opened, readAll, readTasks, appended, withFiles }));
}

/** Bytes of mapped files that are resident; the program's own text is among them. */
function mappedFiles(): number {
  if (!existsSync('/proc/self/status')) return 0;
  const [, kilobytes = '0'] =
    /^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}
