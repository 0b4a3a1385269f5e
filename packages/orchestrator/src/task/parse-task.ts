import { InvalidTaskError } from '../errors/bad-input.ts';
import { parseRetry, type RetrySettings } from './retry.ts';
import type { Task, TaskContext } from './task.ts';

/** What a task does. */
export type Work = (this: Task, context: TaskContext) => unknown;

/** What a task says for itself beside its work and its priority, with every default filled in. */
export interface TaskSettings {
  readonly id: string | undefined;
  readonly kind: string | undefined;
  readonly key: string | undefined;
  readonly dependsOn: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly joinsDuplicate: boolean;
  readonly timeoutMs: number;
  readonly queueTimeoutMs: number;
  readonly submitTimeoutMs: number;
  readonly retry: RetrySettings;
  readonly preemptible: boolean;
}

/**
 * Checks what a task says for itself. For one that says nothing it gives `defaults` itself: one
 * object for all of them.
 * @throws InvalidTaskError
 */
export function parseSettings(task: Task, defaults: TaskSettings): TaskSettings {
  if (typeof task !== 'object' || task === null) {
    throw new InvalidTaskError('task', task, 'an object with run, kind or module');
  }
  const { id, kind, key, dependsOn, signal, onDuplicate, preemptible } = task;
  const { timeoutMs, queueTimeoutMs, submitTimeoutMs, retry } = task;
  if (
    id === undefined &&
    kind === undefined &&
    key === undefined &&
    dependsOn === undefined &&
    signal === undefined &&
    onDuplicate === undefined &&
    timeoutMs === undefined &&
    queueTimeoutMs === undefined &&
    submitTimeoutMs === undefined &&
    retry === undefined &&
    preemptible === undefined
  ) {
    return defaults;
  }
  return {
    id: name('id', id),
    kind: name('kind', kind),
    key: name('key', key),
    dependsOn: dependsOn === undefined ? defaults.dependsOn : parseDependencies(dependsOn),
    signal: parseSignal(signal),
    joinsDuplicate: parseOnDuplicate(onDuplicate),
    timeoutMs: duration('timeoutMs', timeoutMs, defaults.timeoutMs),
    queueTimeoutMs: duration('queueTimeoutMs', queueTimeoutMs, defaults.queueTimeoutMs),
    submitTimeoutMs: duration('submitTimeoutMs', submitTimeoutMs, defaults.submitTimeoutMs),
    retry: retry === undefined ? defaults.retry : parseRetry(retry),
    preemptible: preemptible === undefined ? defaults.preemptible : parseFlag(preemptible),
  };
}

/** A time in ms that may be 0 or Infinity. */
export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function name(field: string, value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new InvalidTaskError(field, value, 'a string that is not empty');
}

function parseDependencies(dependsOn: readonly string[]): readonly string[] {
  if (!Array.isArray(dependsOn)) {
    throw new InvalidTaskError('dependsOn', dependsOn, 'an array of task ids');
  }
  for (const id of dependsOn) name('dependsOn', id ?? null);
  return [...new Set(dependsOn)];
}

function parseSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new InvalidTaskError('signal', signal, 'an AbortSignal');
}

function parseOnDuplicate(onDuplicate: Task['onDuplicate']): boolean {
  if (onDuplicate === undefined || onDuplicate === 'reject') return false;
  if (onDuplicate === 'join') return true;
  throw new InvalidTaskError('onDuplicate', onDuplicate, '"reject" or "join"');
}

function parseFlag(preemptible: boolean): boolean {
  if (typeof preemptible === 'boolean') return preemptible;
  throw new InvalidTaskError('preemptible', preemptible, 'a boolean');
}

function duration(field: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (isDuration(value)) return value;
  throw new InvalidTaskError(field, value, 'milliseconds: 0 or more, or Infinity');
}
