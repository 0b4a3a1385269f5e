import type { AnyEvent } from '../event.ts';
import { parseTaskId } from '../task-id.ts';
import type { EventLog } from './event-log.ts';
import type { SubscribeOptions, SubscriptionMessage } from './event-store.ts';
import type { LogWatch } from './log-watch.ts';
import { readLog } from './read-log.ts';
import { parseAfterSequence } from './read-query.ts';

export interface SubscriptionSource<E extends AnyEvent> {
  readonly log: EventLog;
  readonly watch: LogWatch;
  readonly present: (event: AnyEvent) => E;
  readonly isClosed: () => boolean;
}

/**
 * Follows the log from a position on: what is stored, `caught-up` once, then what comes.
 *
 * It reads from the log at the consumer's own pace and holds one page at most: a slow consumer costs
 * neither appends nor memory. Ends when the signal is aborted or the store is closed.
 */
export async function* subscribe<E extends AnyEvent>(
  { log, watch, present, isClosed }: SubscriptionSource<E>,
  options: SubscribeOptions,
): AsyncGenerator<SubscriptionMessage<E>, void, undefined> {
  const { signal } = options;
  const ended = () => isClosed() || signal?.aborted === true;
  const query = {
    taskId: options.taskId === undefined ? null : parseTaskId(options.taskId),
    eventTypes: options.eventTypes === undefined ? null : new Set(options.eventTypes),
    direction: 'forward' as const,
    untilTime: null,
    limit: Number.POSITIVE_INFINITY,
  };
  if (ended()) return;
  let position = await startOf(log, options);
  let caughtUp = false;
  while (!ended()) {
    const head = log.lastSequence();
    if (position < head) {
      const span = { ...query, afterSequence: position, untilSequence: head };
      for await (const events of readLog(log, span)) {
        for (const event of events) {
          if (ended()) return;
          yield { kind: 'event', event: present(event) };
        }
      }
      position = head;
    }
    if (ended()) return;
    if (!caughtUp) {
      caughtUp = true;
      yield { kind: 'caught-up', sequence: position };
    }
    // Nothing can arrive between this look at the head and the wait: both happen in one turn.
    if (log.lastSequence() <= position && !ended()) await watch.next(signal);
  }
}

async function startOf(log: EventLog, options: SubscribeOptions): Promise<number> {
  const { after, checkpoint } = options;
  const stored = checkpoint === undefined ? undefined : await log.readCheckpoint(checkpoint);
  if (stored) return stored.sequence;
  return after === 'head' ? log.lastSequence() : parseAfterSequence(after);
}
