import type { Event, EventStore, NewEvent } from '@org/events';
import { taskNotFound } from '../api-errors.ts';
import { type EventPage, encodeStoredEvent, type StoredEvent, wireLimits } from '../wire/index.ts';

export interface EventPageQuery {
  readonly taskId: string;
  /** Only events behind this sequence. */
  readonly after: number;
  readonly limit: number;
  /** @default all */
  readonly eventTypes?: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

/**
 * A task's events, in order: as many as asked for, or fewer where they are large, since a page is one text.
 *
 * @throws ApiError `TASK_NOT_FOUND`
 */
export async function readEventPage(
  store: EventStore<Event, NewEvent>,
  { taskId, after, limit, eventTypes, signal }: EventPageQuery,
): Promise<EventPage> {
  if ((await store.taskHead(taskId)) === undefined) throw taskNotFound(taskId);
  const items: StoredEvent[] = [];
  let length = 0;
  const query = {
    taskId,
    afterSequence: after,
    limit: limit + 1,
    ...(eventTypes && { eventTypes }),
    ...(signal && { signal }),
  };
  for await (const event of store.read(query)) {
    const item = encodeStoredEvent(event);
    length += JSON.stringify(item.data).length;
    const last = items.at(-1);
    if (last && (items.length === limit || length > wireLimits.pageLength))
      return { items, next_after: last.sequence, has_more: true };
    items.push(item);
  }
  return { items, next_after: null, has_more: false };
}
