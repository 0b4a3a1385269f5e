import type { AnyEvent } from '../event.ts';
import type { EventOutline } from '../event-outline.ts';
import type { ReadQuery } from './event-store.ts';

/** Reading for those who fold millions of events. */
export interface PageReader<E extends AnyEvent = AnyEvent> {
  /** As `read`, but page by page: an `await` per page, not one per event. */
  readPages(query?: ReadQuery): AsyncIterable<readonly E[]>;
  /**
   * As `readPages`, each event in outline: sequence, task, type, version, code version, time. Several times as
   * quick over a whole log, whose payloads are not even read. The objects are the caller's own.
   */
  readOutlines(query?: ReadQuery): AsyncIterable<readonly EventOutline[]>;
}

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
