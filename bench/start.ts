/**
 * How long the server takes to be ready, and the memory it then has, by the size of its store.
 *
 * Measured from spawning the process to the first 200 of /readyz, Ollama's part played by a stand-in on
 * this machine; a bare Node process that loads the same modules and ends is started beside it.
 * Not measured: a cold disk cache, the time of a real Ollama's health answer, and what the memory of past
 * work takes to catch up with a long log, which begins when the server is ready.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { codingEvents, type NewEvent } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { startOllamaStandIn } from '@org/models/testing';
import { conclude, median } from './harness.ts';

const quick = process.argv.includes('--quick');
const sizes = quick ? [1_000, 20_000] : [10_000, 100_000, 1_000_000];
const rounds = quick ? 2 : 5;
const main = fileURLToPath(new URL('../apps/server/src/main.js', import.meta.url));
const flags = ['--conditions=@org/source', main];

/** Fills a store with finished tasks of about 20 events, the last hundred unfinished but paused. */
async function fill(dataDir: string, size: number): Promise<void> {
  const store = await openLevelEventStore({ path: join(dataDir, 'events'), catalog: codingEvents });
  const perTask = 20;
  const tasks = Math.floor(size / perTask);
  for (let first = 0; first < tasks; first += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, tasks - first) }, (_, offset) => {
        const middle: NewEvent[] = Array.from({ length: perTask - 2 }, () => ({
          eventType: 'USER_INTERVENTION',
          data: { kind: 'guidance', text: 'Mind the edge cases of the input, all of them.' },
        }));
        return store.append(`task-${first + offset}`, [
          { eventType: 'TASK_CREATED', data: { prompt: 'Build a validator' } },
          ...middle,
          { eventType: 'TASK_FAILED', data: { reason: 'bench', message: 'made for a benchmark' } },
        ]);
      }),
    );
  }
  await store.close();
}

interface Start {
  readonly readyMs: number;
  readonly rssMb: number;
}

/** @param afterwards What is asked once it is ready, before it is stopped */
async function start(dataDir: string, ollamaHost: string, afterwards?: string): Promise<Start> {
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [...flags, '--express', '--port', '0', '--data-dir', dataDir, '--embedding-model', 'none'],
    {
      env: { PATH: process.env.PATH, OLLAMA_HOST: ollamaHost },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const closed = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { url: said } = JSON.parse(line) as { readonly url?: string };
      if (said !== undefined) resolve(said);
    });
    void closed.then(() => reject(new Error('the server ended before it was ready')));
  });
  while (!(await fetch(`${url}/readyz`)).ok);
  const readyMs = performance.now() - begun;
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const rssMb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1_024;
  if (afterwards !== undefined) await (await fetch(url + afterwards)).text();
  child.kill('SIGTERM');
  await closed;
  if (child.exitCode !== 0) throw new Error(`the server ended with ${child.exitCode}`);
  return { readyMs, rssMb };
}

/** The same modules, loaded and left: what no server of this code can be faster than. */
async function load(): Promise<number> {
  const begun = performance.now();
  const compose = new URL('../apps/server/src/compose.ts', import.meta.url).href;
  const code = `import { enableCompileCache } from 'node:module'; enableCompileCache(); await import('${compose}');`;
  const child = spawn(
    process.execPath,
    ['--conditions=@org/source', '--input-type=module', '-e', code],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`loading ended with ${child.exitCode}`);
  return performance.now() - begun;
}

await using standIn = await startOllamaStandIn();
const folder = mkdtempSync(join(tmpdir(), 'bench-start-'));
try {
  const folders = new Map(sizes.map((size) => [size, join(folder, String(size))]));
  for (const [size, path] of folders) await fill(path, size);
  const starts = new Map<number, Start[]>(sizes.map((size) => [size, []]));
  const loads: number[] = [];
  // The first start of each folder reads the log for its lists, which the first list waits for; from then on
  // it reads what is new.
  for (const path of folders.values()) await start(path, standIn.url, '/tasks?limit=1');
  for (let round = 0; round < rounds; round += 1) {
    loads.push(await load());
    for (const [size, path] of folders) starts.get(size)?.push(await start(path, standIn.url));
  }
  const bare = median(loads);
  console.log(`${'events'.padStart(10)} ${'ready ms'.padStart(9)} ${'RSS MB'.padStart(7)}`);
  console.log(`${'(load)'.padStart(10)} ${bare.toFixed(0).padStart(9)}`);
  const figures = new Map(
    [...starts].map(([size, all]) => [
      size,
      { readyMs: median(all.map((s) => s.readyMs)), rssMb: median(all.map((s) => s.rssMb)) },
    ]),
  );
  for (const [events, { readyMs, rssMb }] of figures) {
    console.log(
      `${String(events).padStart(10)} ${readyMs.toFixed(0).padStart(9)} ${rssMb.toFixed(0).padStart(7)}`,
    );
    console.log(JSON.stringify({ bench: 'start', events, readyMs, rssMb }));
  }
  const [smallest, largest] = [figures.get(sizes[0] ?? 0), figures.get(sizes.at(-1) ?? 0)];
  conclude(
    'start',
    {
      ready_seconds_largest: (largest?.readyMs ?? Number.NaN) / 1_000,
      ready_largest_to_smallest:
        (largest?.readyMs ?? Number.NaN) / (smallest?.readyMs ?? Number.NaN),
      ready_to_loading_alone: (largest?.readyMs ?? Number.NaN) / bare,
      rss_mb_largest: largest?.rssMb ?? Number.NaN,
    },
    {
      ready_seconds_largest: { atMost: 1 },
      ready_largest_to_smallest: { atMost: 1.3 },
      rss_mb_largest: { atMost: 250 },
    },
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
