import type { Appender, BenchEvent } from './appender.ts';

/** What is used of emmett's event store. */
interface EmmettStore {
  readonly appendToStream: (stream: string, events: readonly unknown[]) => Promise<unknown>;
}

interface EmmettConnection {
  readonly command: (sql: string) => Promise<unknown>;
  readonly close: () => void;
}

/**
 * emmett on SQLite with one shared connection, its appends one after another: overlapping ones break it.
 *
 * It is no dependency of this workshop: it has no licence, and its SQLite driver needs a compiler.
 * Install `@event-driven-io/emmett-sqlite` (measured: 0.42.4), what it imports (`@event-driven-io/emmett`, `sqlite3`, `uuid`,
 * `async-retry`) beside this folder to have it measured.
 *
 * @returns null when it is not installed
 */
export async function openEmmett(path: string): Promise<Appender | null> {
  const name = '@event-driven-io/emmett-sqlite';
  const module = await import(name).catch(() => null);
  if (module === null) return null;
  // Its best: by default it opens a connection for each append, at a third of the speed.
  const connection: EmmettConnection = module.sqliteConnection({ fileName: path });
  await connection.command('SELECT 1'); // it does not wait for its own pragma
  const store: EmmettStore = module.getSQLiteEventStore({
    fileName: path,
    connectionOptions: { connection, singleton: true },
    schema: { autoMigration: 'CreateOrUpdate' },
  });
  let queue: Promise<unknown> = Promise.resolve();
  let count = 0;
  const append = async (stream: string, events: readonly BenchEvent[]) => {
    const messages = events.map((event) => ({
      type: event.eventType,
      data: event.data,
      metadata: { codeVersion: event.codeVersion },
    }));
    const done = queue.then(() => store.appendToStream(stream, messages));
    queue = done.catch(() => undefined);
    await done;
    count += events.length;
  };
  return {
    append: (event) => append(event.taskId, [event]),
    appendAll: (events) => append('batch', events),
    count: async () => count,
    close: async () => {
      await queue;
      connection.close();
    },
  };
}
