/**
 * One task's events out of many, spread over the whole log (the worst locality) and in one burst beside
 * nine other tasks (as tasks really come), beside better-sqlite3 with an index on the task. Every event is
 * decoded on both sides; older events are sealed, as they are after a calm moment.
 *
 *   node --conditions=@org/source bench/task-read.ts [--quick]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { conclude, type Goal, interleave } from './harness.ts';
import { burstyTask, openFilled, tasks } from './stored-events.ts';

const isQuick = process.argv.includes('--quick');
const sizes = isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
const reads = 20;
const folder = await mkdtemp(join(tmpdir(), 'bench-task-read-'));
const ratios: Record<string, number> = {};
const goals: Record<string, Goal> = {};
const rows = [];
try {
  const cases = sizes.flatMap((size) =>
    (['spread', 'burst'] as const).map((locality) => ({ size, locality })),
  );
  for (const { size, locality } of cases) {
    const taskOfEvent =
      locality === 'burst' ? (n: number) => burstyTask(n, size / tasks) : undefined;
    const name = `${size} ${locality}`;
    const store = await openFilled(join(folder, `store ${name}`), size, taskOfEvent);
    await store.seal();
    const db = new Database(join(folder, `${name}.sqlite`));
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE event (sequence INTEGER PRIMARY KEY, task TEXT, body TEXT)');
    db.exec('CREATE INDEX event_task ON event (task, sequence)');
    const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?)');
    db.exec('BEGIN');
    for await (const event of store.exportEvents()) {
      insert.run(event.sequence, event.taskId, JSON.stringify(event));
    }
    db.exec('COMMIT');
    const select = db.prepare<[string], { body: string }>(
      'SELECT body FROM event WHERE task = ? ORDER BY sequence',
    );

    const perTask = size / tasks;
    let round = 0;
    const taskOf = (i: number) => `task-${(round * reads + i) % tasks}`;
    const check = (count: number) => {
      if (count !== perTask) throw new Error(`${count} of ${perTask} events`);
    };
    const timings = await interleave(
      [
        {
          name: 'ours',
          run: async () => {
            for (let i = 0; i < reads; i++) check((await store.getEvents(taskOf(i))).length);
          },
        },
        {
          name: 'better-sqlite3',
          run: () => {
            for (let i = 0; i < reads; i++)
              check(select.all(taskOf(i)).map(({ body }) => JSON.parse(body)).length);
            round += 1;
          },
        },
      ],
      { rounds: isQuick ? 9 : 11, warmUps: 6 },
    );
    const [ours = Number.NaN, sqlite = Number.NaN] = [...timings.values()].map(
      ({ wallMs }) => wallMs / reads,
    );
    rows.push({
      events: size,
      'of one task, it is': locality,
      'of one task': perTask,
      'ours, ms': ours.toFixed(2),
      'better-sqlite3, ms': sqlite.toFixed(2),
    });
    console.log(
      JSON.stringify({ bench: 'task-read', events: size, locality, perTask, ours, sqlite }),
    );
    ratios[`${name} beside sqlite`] = ours / sqlite;
    await store.close();
    db.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.table(rows);
for (const locality of ['spread', 'burst'])
  goals[`${sizes.at(-1)} ${locality} beside sqlite`] = { atMost: 1.3 };
conclude('task-read', ratios, goals);
