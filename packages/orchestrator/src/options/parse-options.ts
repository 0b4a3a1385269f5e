import type { Ageing } from '../admission/ageing.ts';
import { InvalidOptionError } from '../errors/bad-input.ts';
import { throwLater } from '../observe/emitter.ts';
import { TaskPriority } from '../priority/priority.ts';
import { isDuration, type TaskSettings } from '../task/parse-task.ts';
import { noRetry, parseRetry } from '../task/retry.ts';
import { systemClock } from '../time/clock.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';

export type OrchestratorSettings = ReturnType<typeof parseOptions>;

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidOptionError, InvalidTaskError (for `retry`)
 */
export function parseOptions(options: OrchestratorOptions) {
  record('options', options);
  const keyLimits = options.keyLimits ?? {};
  for (const [key, limit] of Object.entries(keyLimits)) count(`keyLimits.${key}`, limit, 1);
  return {
    maxQueueSize: count('maxQueueSize', options.maxQueueSize ?? 100, 1),
    maxConcurrent: count('maxConcurrent', options.maxConcurrent ?? 5, 1),
    workers: finiteCount('workers', options.workers ?? 3, 1),
    maxWaiting: count('maxWaiting', options.maxWaiting ?? Number.POSITIVE_INFINITY, 0),
    maxBlocked: count('maxBlocked', options.maxBlocked ?? 10_000, 0),
    abandonAfterMs: duration('abandonAfterMs', options.abandonAfterMs ?? 10_000),
    taskDefaults: taskDefaults(options),
    keyLimit: count('keyLimit', options.keyLimit ?? 1, 1),
    keyLimits,
    ageing: ageing(options.ageing),
    missingDependency: oneOf('missingDependency', options.missingDependency ?? 'wait', [
      'wait',
      'reject',
    ]),
    rememberFinished: count('rememberFinished', options.rememberFinished ?? 1_000, 0),
    maxDeadLetters: count('maxDeadLetters', options.maxDeadLetters ?? 100, 0),
    backpressure: options.backpressure ?? {},
    onDispatch: options.onDispatch,
    onListenerError: options.onListenerError ?? throwLater,
    clock: options.clock ?? systemClock,
    generateId: options.generateId ?? (() => crypto.randomUUID()),
    random: options.random ?? Math.random,
  };
}

function taskDefaults(options: OrchestratorOptions): TaskSettings {
  return {
    id: undefined,
    kind: undefined,
    key: undefined,
    dependsOn: [],
    signal: undefined,
    joinsDuplicate: false,
    timeoutMs: duration('defaultTimeoutMs', options.defaultTimeoutMs),
    queueTimeoutMs: Number.POSITIVE_INFINITY,
    submitTimeoutMs: duration('submitTimeoutMs', options.submitTimeoutMs),
    retry: options.retry === undefined ? noRetry : parseRetry(options.retry),
    preemptible: false,
  };
}

/** A whole number of at least `least`, or Infinity. */
export function count(option: string, value: number, least: number): number {
  if ((Number.isInteger(value) || value === Number.POSITIVE_INFINITY) && value >= least)
    return value;
  throw new InvalidOptionError(option, value, `a whole number from ${least}, or Infinity`);
}

/** Milliseconds, 0 or more; `Infinity` for none. */
export function duration(option: string, value = Number.POSITIVE_INFINITY): number {
  if (isDuration(value)) return value;
  throw new InvalidOptionError(option, value, 'milliseconds: 0 or more, or Infinity');
}

/** Anything whose fields can be looked at. */
export function record(option: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new InvalidOptionError(option, value, 'an object');
}

export function oneOf<Value>(option: string, value: Value, allowed: readonly Value[]): Value {
  if (allowed.includes(value)) return value;
  throw new InvalidOptionError(option, value, `one of ${allowed.join(', ')}`);
}

function finiteCount(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new InvalidOptionError(option, value, `a whole number from ${least}`);
}

function ageing(option: OrchestratorOptions['ageing']): Ageing | undefined {
  if (option === undefined || option === false) return undefined;
  record('ageing', option);
  const { everyMs, upTo = TaskPriority.HIGH } = option;
  if (!isDuration(everyMs) || everyMs === 0 || everyMs === Number.POSITIVE_INFINITY) {
    throw new InvalidOptionError('ageing.everyMs', everyMs, 'milliseconds above 0');
  }
  if (!Number.isInteger(upTo) || upTo < TaskPriority.HIGH || upTo > 100) {
    throw new InvalidOptionError('ageing.upTo', upTo, 'a priority from HIGH (10) to 100');
  }
  return { everyMs, upTo };
}
