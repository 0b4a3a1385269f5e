import type { Appender, BenchEvent } from './appender.ts';

/** What is used of emmett's event store. */
interface EmmettStore {
  readonly appendToStream: (stream: string, events: readonly unknown[]) => Promise<unknown>;
}

/**
 * emmett on SQLite with one shared connection, its appends one after another: overlapping ones break it.
 *
 * It is no dependency of this workshop: it has no licence, and its SQLite driver needs a compiler.
 * Install `@event-driven-io/emmett-sqlite` and `sqlite3` beside this folder to have it measured.
 *
 * @returns null when it is not installed
 */
export async function openEmmett(path: string): Promise<Appender | null> {
  const name = '@event-driven-io/emmett-sqlite';
  const module = await import(name).catch(() => null);
  if (module === null) return null;
  const store: EmmettStore = module.getSQLiteEventStore({
    fileName: path,
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
    close: async () => void (await queue),
  };
}
