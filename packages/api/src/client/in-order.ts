import { VersionedState } from '../versioned-state.ts';
import type { EventMessage } from '../wire/event-message.ts';

/** Puts a task's messages in order of sequence: each once, none before the one it follows. */
export interface InOrder {
  /** Gives back what can be delivered now, in order; nothing for a repeat or a stale version. */
  take(message: EventMessage): readonly EventMessage[];
  /** The last sequence delivered: where to resume. */
  readonly last: number;
  /** Something before what was received is missing. */
  readonly hasGap: boolean;
  /** Forgets what waits behind a gap; it will be sent again. */
  restart(): void;
}

export function createInOrder(after: number): InOrder {
  const versions = new VersionedState<EventMessage>({ keep: 1 });
  const early = new Map<number, EventMessage>();
  let last = after;

  function take(message: EventMessage): readonly EventMessage[] {
    const isNews = message.sequence > last && message.version > versions.getCurrentVersion();
    if (!isNews) return [];
    early.set(message.sequence, message);
    const due: EventMessage[] = [];
    for (const next of [...early.values()].sort((a, b) => a.sequence - b.sequence)) {
      if ((next.previous ?? 0) > last) break;
      early.delete(next.sequence);
      if (!versions.update(next.version, next).accepted) continue;
      last = next.sequence;
      due.push(next);
    }
    return due;
  }

  return {
    take,
    get last() {
      return last;
    },
    get hasGap() {
      return early.size > 0;
    },
    restart() {
      early.clear();
    },
  };
}
