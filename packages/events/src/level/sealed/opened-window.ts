import type { AnyEvent } from '../../event.ts';
import { IntegrityError } from '../../store-errors.ts';
import type { Segment } from './segment.ts';

/** All segments of a window, opened to give its events in the order of the log. */
export interface OpenedWindow {
  readonly byteLength: number;
  /** Both inclusive. */
  events(from: number, to: number): readonly AnyEvent[];
}

/**
 * So many events are given at once. They are decoded segment by segment: the fewer pages, the more of a segment is read
 * while it is in the processor's cache; but a page of them lives at once.
 */
export const pageLength = 2_048;

/** @throws IntegrityError when one of the window's events is in none of the segments */
export function createOpenedWindow(
  { first, last }: { readonly first: number; readonly last: number },
  segments: readonly Segment[],
): OpenedWindow {
  const count = last - first + 1;
  // Where each event is: the number of its segment, from 1, and its slot.
  const numbers = new Uint16Array(count);
  const slots = new Uint16Array(count);
  // Page by page the places of its events from the window's first on, those of a segment together.
  const order = new Uint16Array(Math.ceil(count / pageLength) * pageLength);
  const ordered = new Uint16Array(Math.ceil(count / pageLength));
  let byteLength = 0;
  for (const [number, segment] of segments.entries()) {
    byteLength += 2 * segment.byteLength; // as bytes, and most of it as text
    for (let slot = 0; slot < segment.count; slot++) {
      const at = segment.sequenceAt(slot) - first;
      numbers[at] = number + 1;
      slots[at] = slot;
      const page = Math.floor(at / pageLength);
      const behind = ordered[page] ?? 0;
      order[page * pageLength + behind] = at;
      ordered[page] = behind + 1;
    }
  }
  const hole = numbers.indexOf(0);
  if (hole !== -1) throw new IntegrityError({ sequence: first + hole, reason: 'is missing' });
  const readers = segments.map((segment) => segment.reader());
  return {
    byteLength,
    events(from, to) {
      const [begin, end] = [from - first, to - first];
      const events: AnyEvent[] = new Array(end - begin + 1);
      let current = 0;
      let reader = readers[0];
      for (let page = Math.floor(begin / pageLength); page * pageLength <= end; page++) {
        for (let i = page * pageLength; i < page * pageLength + (ordered[page] ?? 0); i++) {
          const at = order[i] ?? 0;
          if (at < begin || at > end) continue;
          const number = numbers[at] ?? 0;
          if (number !== current) {
            current = number;
            reader = readers[number - 1];
            reader?.begin();
          }
          const event = reader?.event(slots[at] ?? 0);
          if (event) events[at - begin] = event;
        }
      }
      return events;
    },
  };
}
