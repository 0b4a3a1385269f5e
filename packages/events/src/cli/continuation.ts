import { isDeepStrictEqual } from 'node:util';
import type { AnyEvent } from '../event.ts';
import { toJSON } from '../event-json.ts';
import type { LevelEventStore } from '../level/open-level-event-store.ts';

/** What continues a log, of what is given: up to the first event that does not. */
export interface Continuation {
  readonly events: AsyncIterable<AnyEvent>;
  /** How many were stored already, and equal. */
  passedOver(): number;
  /** Why it ended before all was taken; null: it did not. */
  misfit(): string | null;
}

/** @param head the last sequence of the store */
export function continuationOf(
  given: AsyncIterable<AnyEvent>,
  store: LevelEventStore,
  head: number,
): Continuation {
  let passedOver = 0;
  let misfit: string | null = null;

  async function* events(): AsyncGenerator<AnyEvent> {
    let next = head + 1;
    for await (const event of given) {
      const { sequence, eventId } = event;
      if (sequence > 0 && sequence <= head && next === head + 1) {
        const stored = await store.getEvent(eventId);
        if (stored === undefined || !isDeepStrictEqual(toJSON(stored), toJSON(event))) {
          misfit = `Event ${sequence} is another than the one in the store: they are of two logs. Import it into a new folder.`;
          return;
        }
        passedOver += 1;
        continue;
      }
      if (sequence !== next) {
        misfit = `Event ${sequence} was given where event ${next} has to follow.`;
        return;
      }
      next += 1;
      yield event;
    }
  }

  return { events: events(), passedOver: () => passedOver, misfit: () => misfit };
}
