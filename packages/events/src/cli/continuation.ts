import { isDeepStrictEqual } from 'node:util';
import type { AnyEvent } from '../event.ts';
import { toJSON } from '../event-json.ts';
import type { LevelEventStore } from '../level/open-level-event-store.ts';
import { InputError } from './command.ts';

/** What continues a log, of what is given: up to the first event that does not. */
export interface Continuation {
  readonly events: AsyncIterable<AnyEvent>;
  /** How many were stored already, and equal. */
  passedOver(): number;
  /** Why it ended before all was taken: what was given, or damage of the store; null: it did not. */
  ended(): unknown;
}

/** @param head the last sequence of the store */
export function continuationOf(
  given: AsyncIterable<AnyEvent>,
  store: LevelEventStore,
  head: number,
): Continuation {
  let passedOver = 0;
  let ended: unknown = null;

  async function* events(): AsyncGenerator<AnyEvent> {
    let next = head + 1;
    for await (const event of given) {
      const { sequence } = event;
      if (sequence > 0 && sequence <= head && next === head + 1) {
        ended = await whyNotEqual(event, store);
        if (ended !== null) return;
        passedOver += 1;
        continue;
      }
      if (sequence !== next) {
        ended = new InputError(`Event ${sequence} was given where event ${next} has to follow.`);
        return;
      }
      next += 1;
      yield event;
    }
  }

  return { events: events(), passedOver: () => passedOver, ended: () => ended };
}

/** Null: the store has the very same. */
async function whyNotEqual(event: AnyEvent, store: LevelEventStore): Promise<unknown> {
  try {
    const stored = await store.getEvent(event.eventId);
    if (stored && isDeepStrictEqual(toJSON(stored), toJSON(event))) return null;
  } catch (error) {
    return error;
  }
  return new InputError(
    `Event ${event.sequence} is another than the one in the store: they are of two logs. Import it into a new folder.`,
  );
}
