import type { Event, EventStore, NewEvent } from '@org/events';
import { z } from 'zod';

const storedSession = z.object({
  id: z.string(),
  /** The `initialize` parameters as the client gave them. */
  initialize: z.record(z.string(), z.unknown()),
  subscriptions: z.array(z.string()),
});
export type StoredSession = z.output<typeof storedSession>;

const checkpointName = 'api.mcp-sessions';
const storedSessions = z.object({ sessions: z.array(storedSession) });

/** Which MCP sessions there are, kept in the event store so that clients survive a restart of ours. */
export interface StoredSessions {
  get(id: string): Promise<StoredSession | undefined>;
  put(session: StoredSession): void;
  delete(id: string): void;
  /** Resolves when all that was put is stored. */
  flush(): Promise<void>;
}

export function createStoredSessions(
  store: EventStore<Event, NewEvent>,
  options: { readonly size: number; readonly onError: (error: unknown) => void },
): StoredSessions {
  const sessions = new Map<string, StoredSession>();
  const loaded = load().catch(options.onError);
  let changed = false;
  let writing: Promise<void> | undefined;

  async function load(): Promise<void> {
    const stored = storedSessions.safeParse((await store.readCheckpoint(checkpointName))?.state);
    if (!stored.success) return;
    for (const session of stored.data.sessions) {
      if (!sessions.has(session.id)) sessions.set(session.id, session);
    }
  }

  /** One write at a time; what changes meanwhile goes into the next. */
  async function write(): Promise<void> {
    await loaded;
    while (changed) {
      changed = false;
      const { sequence } = await store.head();
      const state = { sessions: [...sessions.values()] };
      await store.writeCheckpoint({ name: checkpointName, sequence, state });
    }
  }

  function save(): void {
    changed = true;
    writing ??= write()
      .catch(options.onError)
      .finally(() => {
        writing = undefined;
      });
  }

  return {
    async get(id) {
      await loaded;
      return sessions.get(id);
    },
    put(session) {
      sessions.delete(session.id);
      sessions.set(session.id, session);
      for (const oldest of sessions.keys()) {
        if (sessions.size <= options.size) break;
        sessions.delete(oldest);
      }
      save();
    },
    delete(id) {
      if (sessions.delete(id)) save();
    },
    async flush() {
      await writing;
    },
  };
}
