import type { AnyEvent } from '../event.ts';

/** Moving whole logs: what a store offers besides the port. */
export interface EventTransfer {
  /** All events as they are stored, not upcast, in the order of the log. */
  exportEvents(): AsyncIterable<AnyEvent>;
  /**
   * Takes in exported events as they are: ids, sequences, versions, clocks, timestamps. Any type passes.
   *
   * The events continue the log: the first sequence is the head's + 1, versions likewise.
   *
   * @returns the number of events taken in
   * @throws IntegrityError naming the first event that does not continue the log; whole pages of 1 000 before it stay
   */
  importEvents(events: Iterable<AnyEvent> | AsyncIterable<AnyEvent>): Promise<number>;
}
