/**
 * Durable appends: every acknowledgement means "on disk". A closed loop of 1, 10, 100 and 1 000 appenders,
 * and one appender that gives 100 events at a time.
 *
 * Ours does all of its work: payload and envelope checks, versions, clocks, conflict and duplicate checks,
 * checksum, hash chain, witness, and the derived indexes. The peers stringify the same event and write it.
 * Does not measure: power cuts, a disk other than the one of the temporary folder, reads beside the
 * writes, nor start-up.
 *
 *   node --conditions=@org/source bench/append.ts [--quick]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Appender, benchEvent } from './append-peers/appender.ts';
import { openEmmett } from './append-peers/emmett.ts';
import { openFile } from './append-peers/file.ts';
import { openLmdb } from './append-peers/lmdb.ts';
import { openOurs } from './append-peers/ours.ts';
import { openRawLevel } from './append-peers/raw-level.ts';
import { openSqlite } from './append-peers/sqlite.ts';
import { conclude, type Goal, interleave } from './harness.ts';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 5 : 9;

/** Events of one round, by how many appenders there are. */
const perRound: Readonly<Record<number, number>> = isQuick
  ? { 1: 300, 10: 2_500, 100: 8_000, 1000: 12_000 }
  : { 1: 1_000, 10: 8_000, 100: 25_000, 1000: 40_000 };
const batches = isQuick ? 40 : 150;
const batchSize = 100;

const openers: Readonly<Record<string, (path: string) => Promise<Appender | null>>> = {
  '@org/events': openOurs,
  'raw LevelDB, ideal': openRawLevel,
  'file, preallocated, O_DSYNC': openFile,
  'better-sqlite3, grouped': openSqlite,
  lmdb: openLmdb,
  'emmett-sqlite': openEmmett,
};

const folder = await mkdtemp(join(tmpdir(), 'bench-append-'));
try {
  await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const peers: { readonly name: string; readonly appender: Appender; appended: number }[] = [];
  for (const [i, [name, open]] of Object.entries(openers).entries()) {
    const appender = await open(join(folder, `${i}`));
    if (appender) peers.push({ name, appender, appended: 0 });
    else console.log(`${name}: not run, it is not installed`);
  }
  const rates = new Map<string, Map<string, number>>();
  const measure = async (
    what: string,
    events: number,
    work: (appender: Appender) => Promise<void>,
  ) => {
    const variants = peers.map((peer) => ({
      name: peer.name,
      run: async () => {
        await work(peer.appender);
        peer.appended += events;
      },
    }));
    const timings = await interleave(variants, { rounds, warmUps: 2 });
    rates.set(
      what,
      new Map([...timings].map(([name, { wallMs }]) => [name, (events / wallMs) * 1_000])),
    );
    for (const [name, { wallMs, cpuMs }] of timings) {
      const line = {
        bench: 'append',
        what,
        name,
        perSecond: Math.round((events / wallMs) * 1_000),
        cpuMicros: Math.round((cpuMs / events) * 10_000) / 10,
      };
      console.log(JSON.stringify(line));
    }
  };

  for (const [concurrency, events] of Object.entries(perRound)) {
    await measure(concurrency, events, (appender) =>
      closedLoop(appender, Number(concurrency), events),
    );
  }
  await measure('batch', batches * batchSize, async (appender) => {
    for (let i = 0; i < batches; i++) {
      await appender.appendAll(
        Array.from({ length: batchSize }, (_, n) => benchEvent(i * batchSize + n)),
      );
    }
  });

  for (const { name, appender, appended } of peers) {
    const stored = await appender.count();
    if (stored !== appended) throw new Error(`${name} stored ${stored} of ${appended} events`);
    await appender.close();
  }
  report(rates);
}

async function closedLoop(appender: Appender, concurrency: number, events: number): Promise<void> {
  let next = 0;
  const loop = async () => {
    while (next < events) await appender.append(benchEvent(next++));
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
}

function report(rates: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  const names = [...(rates.values().next().value?.keys() ?? [])];
  console.table(
    names.map((name) => ({
      'events per second': name,
      ...Object.fromEntries(
        [...rates].map(([what, row]) => [what, Math.round(row.get(name) ?? 0)]),
      ),
    })),
  );
  const ratios: Record<string, number> = {};
  const goals: Record<string, Goal> = {};
  const compare = (peer: string, label: string, atLeast: Readonly<Record<string, number>>) => {
    for (const [what, row] of rates) {
      const theirs = row.get(peer);
      if (theirs === undefined) continue;
      ratios[`${label} ${what}`] = (row.get('@org/events') ?? 0) / theirs;
      const goal = atLeast[what];
      if (goal !== undefined) goals[`${label} ${what}`] = { atLeast: goal };
    }
  };
  compare('raw LevelDB, ideal', 'of raw', { 1: 0.75, 10: 0.75, 100: 0.6, 1000: 0.6 });
  compare('file, preallocated, O_DSYNC', 'of file', {});
  compare('better-sqlite3, grouped', 'of sqlite', {});
  compare('lmdb', 'of lmdb', {});
  compare('emmett-sqlite', 'of emmett', { 1: 2.5, 10: 15, 100: 45, batch: 2 });
  conclude('append', ratios, goals);
}
