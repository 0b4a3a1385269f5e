import type { EventMessage } from '../wire/event-message.ts';

/** The message of a frame; undefined: it is none of ours. */
export function parseMessage(data: unknown): EventMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isEventMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Checked by hand, so that a page need not carry a schema library for one message. */
function isEventMessage(value: unknown): value is EventMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { type, task_id, version, sequence, previous, code_version, data } =
    value as Partial<EventMessage>;
  return (
    (type === 'event' || type === 'caught_up' || type === 'waiting') &&
    typeof task_id === 'string' &&
    Number.isSafeInteger(version) &&
    Number.isSafeInteger(sequence) &&
    (previous === null || Number.isSafeInteger(previous)) &&
    Number.isSafeInteger(code_version) &&
    typeof data === 'object' &&
    data !== null
  );
}
