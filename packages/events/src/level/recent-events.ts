import type { AnyEvent } from '../event.ts';

/** The newest events as they were written: whoever follows the log gets them from here, and not by way of the disk. */
export interface RecentEvents {
  /** Events were stored behind the others. @param textLength of all of them, in UTF-16 units */
  added(events: readonly AnyEvent[], textLength: number): void;
  /** Those of a range, both inclusive; none: its first is not here any more. */
  from(first: number, last: number): readonly AnyEvent[];
}

interface Written {
  readonly events: readonly AnyEvent[];
  readonly textLength: number;
}

const mostText = 262_144;

export function createRecentEvents(): RecentEvents {
  const writes: Written[] = [];
  let text = 0;
  return {
    added(events, textLength) {
      if (events.length === 0) return;
      writes.push({ events, textLength });
      text += textLength;
      while (text > mostText) text -= writes.shift()?.textLength ?? 0;
    },
    from(first, last) {
      const isBefore = ({ events }: Written) => (events[0]?.sequence ?? 0) <= first;
      const from = writes.findLastIndex(isBefore);
      if (from === -1) return [];
      const events = writes.slice(from).flatMap((write) => write.events);
      const begin = events[0]?.sequence ?? first;
      return events.slice(first - begin, last - begin + 1);
    },
  };
}
