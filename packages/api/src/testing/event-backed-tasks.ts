import { createHash, randomUUID } from 'node:crypto';
import {
  type Event,
  type EventStore,
  isEventsError,
  type NewEvent,
  StateProjection,
  type TaskState,
} from '@org/events';
import type { CodingTasks, EndedTask, TaskFile } from '../coding-tasks.ts';
import type { PortErrorCode } from '../port-errors.ts';
import { hasEnded } from '../wire/index.ts';

/** An error as a port throws it: known by its `code`. */
export function portError(
  code: PortErrorCode,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): Error {
  return Object.assign(new Error(message), { code, ...data });
}

export interface EventBackedTasksOptions {
  /** Unfinished tasks at most; beyond it `NO_ROOM`. @default Infinity */
  readonly capacity?: number;
  readonly generateId?: () => string;
}

/**
 * The `CodingTasks` port over an event store and nothing else: tasks are stored, steered and ended,
 * but nobody works on them. For tests of the API, and for trying it out.
 */
export function createEventBackedTasks(
  store: EventStore<Event, NewEvent>,
  { capacity = Number.POSITIVE_INFINITY, generateId = randomUUID }: EventBackedTasksOptions = {},
): CodingTasks {
  const byKey = new Map<string, { readonly bodyHash: string; readonly taskId: string }>();
  const unfinished = new Set<string>();

  async function stateOf(taskId: string): Promise<TaskState> {
    const events = await store.getEvents(taskId);
    if (events.length === 0) throw portError('TASK_NOT_FOUND', `There is no task ${taskId}`);
    return StateProjection.rebuildState(events);
  }

  async function change(
    taskId: string,
    event: NewEvent,
    { ifVersion }: { readonly ifVersion?: number } = {},
  ): Promise<Event> {
    const { events } = await store.append(taskId, event, {
      expectedVersion: ifVersion ?? 'stream-exists',
    });
    const [stored] = events;
    if (stored === undefined) throw new Error('The store gave nothing back');
    return stored;
  }

  async function filesOf(taskId: string, version?: number) {
    await stateOf(taskId);
    const files = new Map<string, TaskFile & { content: string }>();
    let newest = 0;
    for await (const event of store.read({ taskId, eventTypes: ['CODE_GENERATED'] })) {
      if (event.eventType !== 'CODE_GENERATED') continue;
      newest = event.codeVersion;
      if (version !== undefined && event.codeVersion > version) continue;
      for (const { path, content, hash } of event.data.files) {
        const bytes = Buffer.byteLength(content);
        files.set(path, { path, hash, bytes, codeVersion: event.codeVersion, content });
      }
    }
    if (version !== undefined && version > newest) {
      throw portError(
        'FILE_NOT_FOUND',
        `Code version ${version} is not there; the newest is ${newest}`,
      );
    }
    return files;
  }

  return {
    async start(request) {
      const { idempotency, taskId: wanted, ...created } = request;
      const known = idempotency && byKey.get(idempotency.key);
      if (known && known.bodyHash !== idempotency.bodyHash) {
        throw portError('IDEMPOTENCY_MISMATCH', 'The key was used for another request');
      }
      if (known) {
        const [first] = await store.getEvents(known.taskId);
        return {
          taskId: known.taskId,
          version: 1,
          createdAt: first?.timestamp ?? '',
          deduplicated: true,
        };
      }
      if (unfinished.size >= capacity) {
        throw portError('NO_ROOM', 'No place for another task', { retryAfterSeconds: 3 });
      }
      const taskId = wanted ?? `task-${generateId()}`;
      const data = {
        ...created,
        files: [...created.files],
        answers: [...created.answers],
        idempotency,
      };
      const { version, events } = await store
        .append(taskId, { eventType: 'TASK_CREATED', data }, { expectedVersion: 'no-stream' })
        .catch((error: unknown) => {
          if (!isEventsError(error, 'VERSION_CONFLICT')) throw error;
          throw portError('TASK_EXISTS', `Task ${taskId} exists`);
        });
      unfinished.add(taskId);
      if (idempotency) byKey.set(idempotency.key, { bodyHash: idempotency.bodyHash, taskId });
      return { taskId, version, createdAt: events[0]?.timestamp ?? '', deduplicated: false };
    },
    async cancel(taskId, { reason = null, ifVersion } = {}): Promise<EndedTask> {
      const { status, version } = await stateOf(taskId);
      unfinished.delete(taskId);
      if (hasEnded(status)) return { status, version };
      const event = { eventType: 'TASK_CANCELLED', data: { reason } } as const;
      const stored = await change(taskId, event, ifVersion === undefined ? {} : { ifVersion });
      return { status: 'cancelled', version: stored.version };
    },
    async intervene(taskId, { kind, text, questionId, plan }, options = {}) {
      if (hasEnded((await stateOf(taskId)).status)) throw portError('TASK_ENDED', 'It has ended');
      const planned = plan?.map((module) => ({ ...module, dependsOn: [...module.dependsOn] }));
      const data = { kind, text, questionId, plan: planned ?? null };
      const stored = await change(taskId, { eventType: 'USER_INTERVENTION', data }, options);
      return { version: stored.version, eventId: stored.eventId };
    },
    async reportBug(taskId, { description, module, ...against }, options = {}) {
      const { codeVersion } = await stateOf(taskId);
      const accepted = against.codeVersion === null || against.codeVersion === codeVersion;
      const reason = accepted ? null : 'superseded';
      const clock = against.vectorClock && { ...against.vectorClock };
      const data = {
        description,
        module,
        against: { ...against, vectorClock: clock },
        accepted,
        reason,
      };
      const stored = await change(taskId, { eventType: 'BUG_REPORT_RECEIVED', data }, options);
      const { version, eventId } = stored;
      if (accepted) return { accepted, version, eventId };
      return { accepted, version, eventId, reason: 'superseded', supersededBy: codeVersion };
    },
    async files(taskId, { version } = {}) {
      const files = await filesOf(taskId, version);
      return [...files.values()].map(({ path, hash, bytes, codeVersion }) => {
        return { path, hash, bytes, codeVersion };
      });
    },
    async readFile(taskId, path, { version } = {}) {
      const file = (await filesOf(taskId, version)).get(path);
      if (file === undefined) throw portError('FILE_NOT_FOUND', `There is no file ${path}`);
      return file;
    },
    async graph(taskId) {
      const { sequence, prompt, plan } = await stateOf(taskId);
      const node = { fullContentRef: null, placeholder: false, vectorClock: {}, metadata: {} };
      return {
        taskId,
        sequence,
        nodes: [
          { ...node, id: `task:${taskId}`, type: 'task', summary: prompt },
          ...plan.map(({ name, purpose }) => {
            return { ...node, id: `module:${name}`, type: 'module', summary: purpose };
          }),
        ],
        edges: plan.map(({ name }) => {
          return { source: `task:${taskId}`, target: `module:${name}`, type: 'contains' };
        }),
      };
    },
    async explainContext(taskId, callId) {
      await stateOf(taskId);
      for await (const { data } of store.read({ taskId })) {
        const call =
          'calls' in data ? data.calls.find((made) => made.callId === callId) : undefined;
        if (call === undefined) continue;
        const messages = [{ role: 'user', content: 'The prompt' }];
        const { model, signature, tokens } = call;
        const { hash, builderVersion, asOfSequence, compressionRatio } = call.prompt;
        const { included, dropped, truncated } = call.prompt;
        return {
          callId,
          model,
          signature,
          messages,
          builderVersion,
          asOfSequence,
          hash,
          verified: hash === createHash('sha256').update('The prompt').digest('hex'),
          tokens,
          compressionRatio,
          included,
          dropped,
          truncated,
        };
      }
      throw portError('CALL_NOT_FOUND', `There is no call ${callId}`);
    },
  };
}
