/**
 * Opening a store, by its size: to its first answer (the head), and to the first read of one task.
 *
 * After a clean close, and after a kill (a copy of the files of a store that is still open). Does not
 * measure a cold disk: the files stand in the page cache.
 *
 *   node --conditions=@org/source bench/open.ts [--quick]
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openLevelEventStore } from '@org/events/level';
import { conclude, interleave } from './harness.ts';
import { catalog, openFilled, tasks } from './stored-events.ts';

const isQuick = process.argv.includes('--quick');
const sizes = isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
const folder = await mkdtemp(join(tmpdir(), 'bench-open-'));
try {
  const variants = [];
  for (const size of sizes) {
    const closed = join(folder, `closed-${size}`);
    const killed = join(folder, `killed-${size}`);
    const store = await openFilled(closed, size);
    await store.seal();
    await cp(closed, killed, {
      recursive: true,
      filter: (name) => !/^(LOCK|owner\..*)$/.test(basename(name)),
    });
    await store.close();
    // The first opening after a kill recovers LevelDB's log; so each round opens a copy of its own.
    let copies = 0;
    const rounds = 6;
    for (let i = 0; i < rounds; i++) await cp(killed, `${killed}-${i}`, { recursive: true });
    variants.push(
      { name: `${size} events, closed`, run: () => openAndRead(closed, size) },
      {
        name: `${size} events, killed`,
        run: () => openAndRead(`${killed}-${copies++ % rounds}`, size),
      },
    );
  }
  const timings = await interleave(variants, { rounds: 5 });
  const time = (name: string) => timings.get(name)?.wallMs ?? Number.NaN;
  console.table(
    sizes.map((size) => ({
      events: size,
      'closed, ms': Math.round(time(`${size} events, closed`)),
      'killed, ms': Math.round(time(`${size} events, killed`)),
    })),
  );
  for (const [name, timing] of timings)
    console.log(JSON.stringify({ bench: 'open', name, ...timing }));
  const largest = sizes.at(-1) ?? 0;
  conclude(
    'open',
    {
      'seconds of 1, closed': time(`${largest} events, closed`) / 1_000,
      'seconds of 1, killed': time(`${largest} events, killed`) / 1_000,
      'largest beside 10k, closed':
        time(`${largest} events, closed`) / time('10000 events, closed'),
    },
    { 'seconds of 1, closed': { atMost: 1 }, 'seconds of 1, killed': { atMost: 1 } },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function openAndRead(path: string, size: number): Promise<void> {
  await using store = await openLevelEventStore({ path, catalog });
  const { sequence } = await store.head();
  const events = await store.getEvents('task-7');
  if (sequence !== size || events.length !== size / tasks) throw new Error('not all is there');
}
