import type { AnyEvent } from '../../event.ts';
import { IntegrityError } from '../../store-errors.ts';
import type { Segment } from './segment.ts';

/** All segments of a window, opened to give its events in the order of the log. */
export interface OpenedWindow {
  readonly byteLength: number;
  /** Both inclusive. */
  events(from: number, to: number): readonly AnyEvent[];
}

/** @throws IntegrityError when one of the window's events is in none of the segments */
export function createOpenedWindow(
  { first, last }: { readonly first: number; readonly last: number },
  segments: readonly Segment[],
): OpenedWindow {
  const count = last - first + 1;
  // Where each event is: the number of its segment, from 1, and its slot.
  const numbers = new Uint16Array(count);
  const slots = new Uint16Array(count);
  let byteLength = 0;
  for (const [number, segment] of segments.entries()) {
    byteLength += 2 * segment.byteLength; // as bytes, and most of it as text
    for (let slot = 0; slot < segment.count; slot++) {
      const at = segment.sequenceAt(slot) - first;
      numbers[at] = number + 1;
      slots[at] = slot;
    }
  }
  const hole = numbers.indexOf(0);
  if (hole !== -1) throw new IntegrityError({ sequence: first + hole, reason: 'is missing' });
  const readers = segments.map((segment) => segment.reader());
  return {
    byteLength,
    events(from, to) {
      const events: AnyEvent[] = [];
      for (let at = from - first; at <= to - first; at++) {
        const event = readers[(numbers[at] ?? 0) - 1]?.(slots[at] ?? 0);
        if (event) events.push(event);
      }
      return events;
    },
  };
}
