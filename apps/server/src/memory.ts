import { type ContextManagerOptions, OfflineCache } from '@org/context';
import type { Event, EventStore } from '@org/events';
import type { EmbeddingModel } from '@org/models';
import type { Logger } from './logger.ts';

/** What past tasks taught, kept beside the log and followed from it. */
export interface Memory {
  readonly recall: Pick<ContextManagerOptions, 'pastWork' | 'onPastWorkError'>;
  /** Catches up with the log in the background, and stays. Until then it knows what it knew before. */
  follow(): void;
  close(): Promise<void>;
}

/** Opens the memory. All of it is derived: damage costs time only. */
export async function openMemory(options: {
  readonly path: string;
  readonly store: EventStore<Event>;
  readonly embeddings: EmbeddingModel | null;
  readonly logger: Logger;
}): Promise<Memory> {
  const { path, store, embeddings, logger } = options;
  const cache = await OfflineCache.open({
    path,
    onDamage: (error) =>
      logger.error({ err: error }, 'memory damaged: it is made anew from the log'),
    ...(embeddings === null ? {} : { embeddings }),
  });
  const leaving = new AbortController();
  let following: Promise<void> | undefined;
  return {
    recall: {
      pastWork: cache,
      onPastWorkError: (error) => logger.warn({ err: error }, 'a context without past work'),
    },
    follow() {
      following ??= cache.follow(store, { signal: leaving.signal }).catch((error: unknown) => {
        if (!leaving.signal.aborted)
          logger.error({ err: error }, 'the memory no longer follows the log');
      });
    },
    async close() {
      leaving.abort();
      await following;
      await cache.close();
    },
  };
}
