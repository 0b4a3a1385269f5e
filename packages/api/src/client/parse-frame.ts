import type { EventMessage } from '../wire/event-message.ts';

/** The messages of a frame, one or many; what is none of ours is left out. */
export function parseFrame(data: unknown): readonly EventMessage[] {
  if (typeof data !== 'string') return [];
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return [];
  }
  return (Array.isArray(value) ? value : [value]).filter(isEventMessage);
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
