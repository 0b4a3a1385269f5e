import type { StreamHead } from './event-log.ts';

/** Where streams stand; forgets those that moved longest ago. */
export interface StreamHeads {
  get(taskId: string): StreamHead | undefined;
  set(taskId: string, head: StreamHead): void;
  /** Forgets, but none of the `recent` streams that were set last. */
  forget(): void;
  clear(): void;
}

/**
 * Two generations: what is set goes into the younger one; when that has grown to `recent` streams, the
 * older one is dropped and it takes its place. So none is moved about when it is set again.
 */
export function createStreamHeads(recent: number): StreamHeads {
  let young = new Map<string, StreamHead>();
  let old = new Map<string, StreamHead>();
  return {
    get: (taskId) => young.get(taskId) ?? old.get(taskId),
    set: (taskId, head) => {
      young.set(taskId, head);
    },
    forget() {
      if (young.size < recent) return;
      old = young;
      young = new Map();
    },
    clear() {
      young = new Map();
      old = new Map();
    },
  };
}
