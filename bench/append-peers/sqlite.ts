import Database from 'better-sqlite3';
import { type Appender, groupCommit, plainText } from './appender.ts';

/** better-sqlite3, WAL with full sync, ideal group commit, an index on the task. It blocks the event loop. */
export async function openSqlite(path: string): Promise<Appender> {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE event (sequence INTEGER PRIMARY KEY, task TEXT, body TEXT)');
  db.exec('CREATE INDEX event_task ON event (task, sequence)');
  const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?)');
  type Row = readonly [sequence: number, task: string, body: string];
  const write = db.transaction((rows: readonly Row[]) => {
    for (const row of rows) insert.run(...row);
  });
  let sequence = 0;
  const commit = groupCommit<readonly Row[]>(async (group) => write(group.flat()));
  return {
    append(event) {
      sequence += 1;
      return commit([[sequence, event.taskId, plainText(event, sequence)]]);
    },
    appendAll: (events) =>
      commit(
        events.map((event) => {
          sequence += 1;
          return [sequence, event.taskId, plainText(event, sequence)] as const;
        }),
      ),
    count: async () => Number(db.prepare('SELECT count(*) AS n FROM event').pluck().get()),
    close: async () => void db.close(),
  };
}
