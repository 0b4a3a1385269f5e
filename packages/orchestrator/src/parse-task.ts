import { InvalidTaskError, UnknownKindError } from './errors.ts';
import { isJsonValue } from './json-value.ts';
import { parsePriority, TaskPriority } from './priority.ts';
import { parseRetry, type RetrySettings } from './retry.ts';
import type { JsonValue, Task, TaskContext, TaskHandler, ThreadModule } from './task.ts';
import { parseThreadModule, runInThread } from './thread.ts';

/** A task as submitted, checked once, with every default filled in. */
export interface TaskSettings {
  readonly task: Task;
  readonly id: string | undefined;
  readonly kind: string | undefined;
  readonly priority: number;
  readonly key: string | undefined;
  readonly dependsOn: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly work: (this: Task, context: TaskContext) => unknown;
  readonly limits: TaskLimits;
}

/** What few tasks say for themselves: one object for all those that say nothing of it. */
export interface TaskLimits {
  readonly timeoutMs: number;
  readonly queueTimeoutMs: number;
  readonly submitTimeoutMs: number;
  readonly retry: RetrySettings;
  readonly preemptible: boolean;
}

type Handlers = ReadonlyMap<string, TaskHandler>;

/**
 * Checks a task.
 * @throws InvalidTaskError, InvalidPriorityError, UnknownKindError
 */
export function parseTask(task: Task, defaults: TaskLimits, handlers: Handlers): TaskSettings {
  if (typeof task !== 'object' || task === null) {
    throw new InvalidTaskError('task', task, 'an object with run, kind or module');
  }
  const { id, key, kind, dependsOn, signal, onDuplicate } = task;
  if (id !== undefined) requireName('id', id);
  if (key !== undefined) requireName('key', key);
  if (kind !== undefined) requireName('kind', kind);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidTaskError('signal', signal, 'an AbortSignal');
  }
  if (onDuplicate !== undefined && onDuplicate !== 'reject' && onDuplicate !== 'join') {
    throw new InvalidTaskError('onDuplicate', onDuplicate, '"reject" or "join"');
  }
  return {
    task,
    id,
    kind,
    priority: task.priority === undefined ? TaskPriority.MEDIUM : parsePriority(task.priority),
    key,
    dependsOn: dependsOn === undefined ? none : parseDependencies(dependsOn),
    signal,
    work: parseWork(task, handlers),
    limits: parseLimits(task, defaults),
  };
}

/** A time in ms that may be 0 or Infinity. */
export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

const none: readonly string[] = [];

function parseLimits(task: Task, defaults: TaskLimits): TaskLimits {
  const { timeoutMs, queueTimeoutMs, submitTimeoutMs, retry, preemptible } = task;
  if (
    timeoutMs === undefined &&
    queueTimeoutMs === undefined &&
    submitTimeoutMs === undefined &&
    retry === undefined &&
    preemptible === undefined
  ) {
    return defaults;
  }
  if (preemptible !== undefined && typeof preemptible !== 'boolean') {
    throw new InvalidTaskError('preemptible', preemptible, 'a boolean');
  }
  return {
    timeoutMs: duration('timeoutMs', timeoutMs, defaults.timeoutMs),
    queueTimeoutMs: duration('queueTimeoutMs', queueTimeoutMs, defaults.queueTimeoutMs),
    submitTimeoutMs: duration('submitTimeoutMs', submitTimeoutMs, defaults.submitTimeoutMs),
    retry: retry === undefined ? defaults.retry : parseRetry(retry),
    preemptible: preemptible ?? defaults.preemptible,
  };
}

function parseWork(task: Task, handlers: Handlers): TaskSettings['work'] {
  const { run, module, kind, payload } = task;
  const isolation: unknown = task.isolation; // Not every caller is type-checked.
  if (isolation !== undefined && isolation !== 'none' && isolation !== 'thread') {
    throw new InvalidTaskError('isolation', isolation, '"none" or "thread"');
  }
  if (run !== undefined) {
    if (typeof run !== 'function') throw new InvalidTaskError('run', run, 'a function');
    if (isolation === 'thread' || module !== undefined) {
      throw new InvalidTaskError(
        'run',
        run,
        'no function: a thread runs a module, given by its URL',
      );
    }
    return run;
  }
  if (isolation === 'thread' || module !== undefined) {
    return threadWork(parseThreadModule(task), payload);
  }
  if (kind === undefined) {
    throw new InvalidTaskError(
      'run',
      run,
      'a function, or a registered kind, or a module for a thread',
    );
  }
  const handler = handlers.get(kind);
  if (handler === undefined) throw new UnknownKindError(kind, [...handlers.keys()]);
  if (payload !== undefined && !isJsonValue(payload)) {
    throw new InvalidTaskError('payload', payload, 'a value that JSON carries unchanged');
  }
  if (typeof handler !== 'function') return threadWork(handler, payload);
  // What a handler's payload looks like is between the two who register and submit a kind.
  const call = handler as (payload: JsonValue | undefined, context: TaskContext) => unknown;
  return (context) => call(payload, context);
}

function threadWork(module: ThreadModule, payload: unknown): TaskSettings['work'] {
  return (context) => runInThread(module, payload, context);
}

function parseDependencies(dependsOn: readonly string[]): readonly string[] {
  if (!Array.isArray(dependsOn)) {
    throw new InvalidTaskError('dependsOn', dependsOn, 'an array of task ids');
  }
  for (const id of dependsOn) requireName('dependsOn', id);
  return [...new Set(dependsOn)];
}

function requireName(field: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') {
    throw new InvalidTaskError(field, value, 'a string that is not empty');
  }
}

function duration(field: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!isDuration(value))
    throw new InvalidTaskError(field, value, 'milliseconds: 0 or more, or Infinity');
  return value;
}
