import { InvalidTaskError } from '../errors/bad-input.ts';
import { isUnrecoverable } from '../errors/failures.ts';
import type { RetryOptions } from './task.ts';

/** Retry options with every default filled in. */
export type RetrySettings = Required<RetryOptions>;

export const noRetry: RetrySettings = {
  attempts: 1,
  delayMs: 500,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 'full',
  retryIf: () => true,
};

/** @throws InvalidTaskError */
export function parseRetry(options: RetryOptions): RetrySettings {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidTaskError('retry', options, 'an object with attempts');
  }
  const { attempts, delayMs, factor, maxDelayMs, jitter, retryIf } = options;
  const settings = {
    attempts: attempts ?? noRetry.attempts,
    delayMs: delayMs ?? noRetry.delayMs,
    factor: factor ?? noRetry.factor,
    maxDelayMs: maxDelayMs ?? noRetry.maxDelayMs,
    jitter: jitter ?? noRetry.jitter,
    retryIf: retryIf ?? noRetry.retryIf,
  };
  const wholeOrInfinite =
    settings.attempts === Number.POSITIVE_INFINITY || Number.isInteger(settings.attempts);
  if (!wholeOrInfinite || settings.attempts < 1) {
    throw new InvalidTaskError('retry.attempts', attempts, 'a whole number from 1, or Infinity');
  }
  for (const field of ['delayMs', 'maxDelayMs'] as const) {
    if (!Number.isFinite(settings[field]) || settings[field] < 0) {
      throw new InvalidTaskError(`retry.${field}`, settings[field], 'milliseconds, 0 or more');
    }
  }
  if (!Number.isFinite(settings.factor) || settings.factor < 1) {
    throw new InvalidTaskError('retry.factor', factor, 'a number from 1');
  }
  if (settings.jitter !== 'full' && settings.jitter !== 'none') {
    throw new InvalidTaskError('retry.jitter', jitter, '"full" or "none"');
  }
  if (typeof settings.retryIf !== 'function') {
    throw new InvalidTaskError('retry.retryIf', retryIf, 'a function');
  }
  return settings;
}

/** Whether attempt number `attempt`, which failed with `error`, is followed by another. */
export function shouldRetry(retry: RetrySettings, attempt: number, error: unknown): boolean {
  if (attempt >= retry.attempts || isUnrecoverable(error)) return false;
  return retry.retryIf(error, attempt);
}

/**
 * The delay after attempt number `attempt`, in ms: exponential, limited, with "full jitter".
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function retryDelay(retry: RetrySettings, attempt: number, random: () => number): number {
  const delay = Math.min(retry.maxDelayMs, retry.delayMs * retry.factor ** (attempt - 1));
  return retry.jitter === 'full' ? delay * random() : delay;
}
