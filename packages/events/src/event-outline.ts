import type { AnyEvent } from './event.ts';

/** What an event says of itself without its payload, ids and clock: for folds that need no more, and are quicker so. */
export type EventOutline = Pick<
  AnyEvent,
  'sequence' | 'taskId' | 'eventType' | 'version' | 'codeVersion' | 'timestamp'
>;

export function outlineOf({
  sequence,
  taskId,
  eventType,
  version,
  codeVersion,
  timestamp,
}: EventOutline): EventOutline {
  return { sequence, taskId, eventType, version, codeVersion, timestamp };
}

export function isSameOutline(one: EventOutline | undefined, other: EventOutline): boolean {
  return (
    one?.sequence === other.sequence &&
    one.taskId === other.taskId &&
    one.eventType === other.eventType &&
    one.version === other.version &&
    one.codeVersion === other.codeVersion &&
    one.timestamp === other.timestamp
  );
}
