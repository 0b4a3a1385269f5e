/** The messages of this package; taken when a client offers it, or nothing. */
export const eventsProtocol = 'coding-events.v1';

/** Picks what both sides speak; never echoes a token that was offered beside it. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return offered.has(eventsProtocol) ? eventsProtocol : false;
}
