import type { AppendResult, Event, EventStore, NewEvent } from '@org/events';
import { stepEventId } from '../decide/step-id.ts';
import { codeOf, WorkflowError } from '../errors.ts';
import { asRefusal, userProcess } from './append-change.ts';
import type { CodingTaskRequest, StartedTask } from './coding-task-request.ts';

type CreatedData = Extract<NewEvent, { eventType: 'TASK_CREATED' }>['data'];

/**
 * The task that an earlier request with the same key has started; null: none, or no key.
 *
 * @throws WorkflowError `IDEMPOTENCY_MISMATCH`
 */
export async function startedBefore(
  request: CodingTaskRequest,
  store: EventStore<Event, NewEvent>,
): Promise<StartedTask | null> {
  if (request.idempotency == null) return null;
  const event = await store.getEvent(idempotentId(request.idempotency.key));
  if (event?.eventType !== 'TASK_CREATED') return null;
  if (event.data.idempotency?.bodyHash !== request.idempotency.bodyHash)
    throw new WorkflowError(
      'IDEMPOTENCY_MISMATCH',
      'This idempotency key was used before for another request.',
    );
  return startedTask(event, { deduplicated: true });
}

/**
 * Appends TASK_CREATED; null: another request with the same key was first.
 *
 * @throws WorkflowError `TASK_EXISTS`, `UNAVAILABLE`
 */
export async function appendCreated(
  task: {
    readonly taskId: string;
    readonly request: CodingTaskRequest;
    readonly data: CreatedData;
  },
  store: EventStore<Event, NewEvent>,
): Promise<Event | null> {
  const { taskId, request, data } = task;
  const event: NewEvent = {
    eventType: 'TASK_CREATED',
    correlationId: taskId,
    data,
    ...(request.idempotency == null ? {} : { eventId: idempotentId(request.idempotency.key) }),
  };
  try {
    const { events, deduplicated }: AppendResult<Event> = await store.append(taskId, event, {
      expectedVersion: 'no-stream',
      process: userProcess,
    });
    return deduplicated ? null : (events[0] ?? null);
  } catch (error) {
    if (codeOf(error) === 'EVENT_ID_CONFLICT') return null;
    if (codeOf(error) === 'VERSION_CONFLICT') throw taskExists(taskId, error);
    throw asRefusal(error);
  }
}

export function startedTask(created: Event, how: { readonly deduplicated: boolean }): StartedTask {
  const { taskId, version, timestamp } = created;
  return { taskId, version, createdAt: timestamp, ...how };
}

export function taskExists(taskId: string, cause?: unknown): WorkflowError {
  return new WorkflowError('TASK_EXISTS', `The task ${taskId} exists already.`, { cause });
}

/** Every key names one TASK_CREATED, for ever: its id is made of the key. */
function idempotentId(key: string): string {
  return stepEventId('idempotency-key', key);
}
