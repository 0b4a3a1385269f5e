/**
 * Reading and folding all events: every field of each, and the envelope only.
 *
 * Beside JSON.parse of the same events as strings that stand in memory already, and better-sqlite3 with
 * one JSON text per row. Ours reads from disk (page cache), checks a checksum per segment, and gives
 * deeply frozen events; older events are sealed, the newest stand one by one, as in real use.
 * Does not measure a cold disk.
 *
 *   node --conditions=@org/source bench/scan.ts [--quick]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyEvent, EventOutline } from '@org/events';
import Database from 'better-sqlite3';
import { conclude, interleave } from './harness.ts';
import { openFilled } from './stored-events.ts';

const isQuick = process.argv.includes('--quick');
const size = isQuick ? 100_000 : 1_000_000;
const rounds = isQuick ? 9 : 5;

/** Reads every field of the value, however deep. */
function touch(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return 1;
  let sum = 0;
  for (const key in value) sum += touch((value as Record<string, unknown>)[key]);
  return sum;
}

/** A fold that touches every field, keyed by task. */
function wholeFold() {
  const tasks = new Map<string, number>();
  return {
    add: (event: AnyEvent) =>
      tasks.set(event.taskId, (tasks.get(event.taskId) ?? 0) + touch(event)),
    total: () => [...tasks.values()].reduce((sum, one) => sum + one, 0),
  };
}

/** A fold over task, type, version and time, each looked into. */
function envelopeFold() {
  const tasks = new Map<string, number>();
  return {
    add: ({ taskId, eventType, version, timestamp }: EventOutline) =>
      tasks.set(
        taskId,
        (tasks.get(taskId) ?? 0) + eventType.length + version + timestamp.charCodeAt(22),
      ),
    total: () => [...tasks.values()].reduce((sum, one) => sum + one, 0),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'bench-scan-'));
try {
  const store = await openFilled(join(folder, 'store'), size);
  await store.seal();
  const texts: string[] = [];
  const db = new Database(join(folder, 'events.sqlite'));
  db.exec(
    'CREATE TABLE event (sequence INTEGER PRIMARY KEY, task TEXT, type TEXT, version INTEGER, time TEXT, body TEXT)',
  );
  const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)');
  db.exec('BEGIN');
  for await (const event of store.exportEvents()) {
    const text = JSON.stringify(event);
    texts.push(text);
    insert.run(event.sequence, event.taskId, event.eventType, event.version, event.timestamp, text);
  }
  db.exec('COMMIT');
  const selectBodies = db.prepare<[number, number], { body: string }>(
    'SELECT body FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?',
  );
  const selectColumns = db.prepare<[number, number], EventOutline>(
    'SELECT sequence, task AS taskId, type AS eventType, version, time AS timestamp FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?',
  );

  const totals = new Map<string, number>();
  const check = (what: 'whole' | 'envelope', total: number) => {
    if ((totals.get(what) ?? total) !== total)
      throw new Error(`${what}: ${total} is not ${totals.get(what)}`);
    totals.set(what, total);
  };
  const sqlite = (what: 'whole' | 'envelope') => {
    const whole = wholeFold();
    const envelope = envelopeFold();
    for (let after = 0; after < size; after += 10_000) {
      if (what === 'whole')
        for (const { body } of selectBodies.all(after, 10_000)) whole.add(JSON.parse(body));
      else for (const event of selectColumns.all(after, 10_000)) envelope.add(event);
    }
    check(what, (what === 'whole' ? whole : envelope).total());
  };
  const timings = await interleave(
    [
      {
        name: 'JSON.parse, in memory',
        run: () => {
          const fold = wholeFold();
          for (const text of texts) fold.add(JSON.parse(text));
          check('whole', fold.total());
        },
      },
      {
        name: '@org/events, pages',
        run: async () => {
          const fold = wholeFold();
          for await (const page of store.readPages()) for (const event of page) fold.add(event);
          check('whole', fold.total());
        },
      },
      {
        name: '@org/events, one by one',
        run: async () => {
          const fold = wholeFold();
          for await (const event of store.read()) fold.add(event);
          check('whole', fold.total());
        },
      },
      { name: 'better-sqlite3', run: () => sqlite('whole') },
      {
        name: '@org/events, envelope',
        run: async () => {
          const fold = envelopeFold();
          for await (const page of store.readOutlines()) for (const event of page) fold.add(event);
          check('envelope', fold.total());
        },
      },
      { name: 'better-sqlite3, columns', run: () => sqlite('envelope') },
    ],
    { rounds, warmUps: 2 },
  );
  const perMillion = (name: string) => ((timings.get(name)?.wallMs ?? Number.NaN) / size) * 1_000;
  const limit = perMillion('JSON.parse, in memory');
  console.table(
    [...timings].map(([name, { cpuMs }]) => ({
      'a fold over all': name,
      'seconds per million': perMillion(name).toFixed(2),
      'CPU seconds': ((cpuMs / size) * 1_000).toFixed(2),
      'of JSON.parse': (perMillion(name) / limit).toFixed(2),
    })),
  );
  for (const name of timings.keys())
    console.log(
      JSON.stringify({ bench: 'scan', name, events: size, secondsPerMillion: perMillion(name) }),
    );
  conclude(
    'scan',
    {
      'pages of JSON.parse': perMillion('@org/events, pages') / limit,
      'one by one of JSON.parse': perMillion('@org/events, one by one') / limit,
      'seconds per million': perMillion('@org/events, pages'),
      'envelope of JSON.parse': perMillion('@org/events, envelope') / limit,
      'sqlite beside pages': perMillion('better-sqlite3') / perMillion('@org/events, pages'),
    },
    {
      'pages of JSON.parse': { atMost: 0.6 },
      'seconds per million': { atMost: 1 },
      'envelope of JSON.parse': { atMost: 0.2 },
    },
  );
  db.close();
  await store.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
