import type { Event } from '@org/events';
import { cutMiddle } from './cut-middle.ts';
import { eventLine } from './event-line.ts';
import { eventText } from './event-text.ts';

/** One part of a compressed history. */
export interface EventPiece {
  /** `event:12` by its version, `events:1-40` for a run. */
  readonly ref: string;
  /** `full`; `brief`: full but for the contents of files; one `line`; or only counted. */
  readonly form: 'full' | 'brief' | 'line' | 'count';
  readonly text: string;
  readonly tokens: number;
  /** Characters kept of the head and of the tail of a full event that was cut. */
  readonly kept: readonly [head: number, tail: number] | null;
}

export interface EventPiecesOptions {
  readonly count: (text: string) => number;
  /** The last so many in full. */
  readonly keepRecent: number;
  /** Of all pieces together. */
  readonly maxTokens: number;
  /** Of each full one; what is longer is cut in its middle. */
  readonly maxEventTokens: number;
  /** How much of the last ones is told. @default 'full' */
  readonly recentForm?: 'full' | 'brief' | undefined;
  /** The whole log, when the events are a part of it: what has no line is then counted with its neighbours. */
  readonly log?: readonly Event[] | undefined;
}

/** An event cut below so many tokens says less than its one line. */
const leastCut = 60;

/**
 * Compresses events to a budget, in their order: the last ones in full, older ones one line each, and
 * where the room ends, the oldest counted by type.
 */
export function eventPieces(events: readonly Event[], options: EventPiecesOptions): EventPiece[] {
  const split = Math.max(0, events.length - options.keepRecent);
  const recent = recentPieces(events.slice(split), options);
  const used = recent.reduce((sum, { tokens }) => sum + tokens, 0);
  return [...olderPieces(events.slice(0, split), options, options.maxTokens - used), ...recent];
}

/** How an event is called in a list of what was put in. */
export function eventRef(event: Event): string {
  return event.version > 0 ? `event:${event.version}` : `event:${event.eventId}`;
}

/** One line for a run of events: how many there were of each type. */
export function countLine(events: readonly Event[]): string {
  const types = new Map<string, number>();
  for (const { eventType } of events) types.set(eventType, (types.get(eventType) ?? 0) + 1);
  const counts = [...types].map(([type, number]) => `${number} ${type}`).join(', ');
  return `Earlier, ${events.length} events: ${counts}`;
}

function recentPieces(events: readonly Event[], options: EventPiecesOptions): EventPiece[] {
  if (events.length === 0) return [];
  // Together they take less than half of the room, so that older ones keep a line.
  const share = Math.floor((options.maxTokens * 0.45) / events.length);
  const cap = Math.max(0, Math.min(options.maxEventTokens, share));
  let room = options.maxTokens;
  const pieces: EventPiece[] = [];
  for (const event of events.toReversed()) {
    const piece = fullPiece(event, cap, options) ?? linePiece(event, options);
    if (piece.tokens + 1 > room) break;
    room -= piece.tokens + 1;
    pieces.unshift(piece);
  }
  return pieces;
}

function fullPiece(event: Event, cap: number, options: EventPiecesOptions): EventPiece | null {
  const { recentForm: form = 'full', count } = options;
  const text = eventText(event, form === 'brief' ? 'brief' : 'whole');
  const cut = cutMiddle(text, { maxTokens: cap, count });
  if (cut === null || (cut.kept !== null && cap < leastCut)) return null;
  return { ref: eventRef(event), form, text: cut.text, tokens: count(cut.text), kept: cut.kept };
}

function linePiece(event: Event, options: EventPiecesOptions): EventPiece {
  const text = eventLine(event);
  return { ref: eventRef(event), form: 'line', text, tokens: options.count(text), kept: null };
}

function olderPieces(
  events: readonly Event[],
  options: EventPiecesOptions,
  maxTokens: number,
): EventPiece[] {
  const pieces: EventPiece[] = [];
  let room = maxTokens;
  // The line that counts what has no line of its own is at most as long as this one.
  const countReserve = options.count(countLine(events)) + 1;
  let index = events.length - 1;
  for (; index >= 0; index -= 1) {
    const event = events[index];
    if (event === undefined) break;
    const piece = linePiece(event, options);
    // A line break costs a token too.
    const reserve = index === 0 ? 0 : countReserve;
    if (piece.tokens + 1 + reserve > room) break;
    room -= piece.tokens + 1;
    pieces.unshift(piece);
  }
  const counted = events.slice(0, index + 1);
  const rest = countPiece(logUpTo(counted, options.log), options);
  return rest !== null && rest.tokens + 1 <= room ? [rest, ...pieces] : pieces;
}

/** All events of the log up to the last of these. */
function logUpTo(events: readonly Event[], log: readonly Event[] = events): readonly Event[] {
  const last = events.at(-1);
  return last === undefined ? [] : log.filter(({ sequence }) => sequence <= last.sequence);
}

function countPiece(events: readonly Event[], options: EventPiecesOptions): EventPiece | null {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) return null;
  const text = countLine(events);
  const ref = `events:${first.version}-${last.version}`;
  return { ref, form: 'count', text, tokens: options.count(text), kept: null };
}
