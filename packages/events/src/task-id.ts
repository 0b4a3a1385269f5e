import { InvalidEventError } from './store-errors.ts';

/** Longest task id, in UTF-16 code units, after normalisation. */
export const maxTaskIdLength = 256;

/**
 * A task id in its one identity: Unicode NFC; otherwise never altered.
 *
 * @throws InvalidEventError when it is no string, blank, has blanks at an end, is longer than 256
 *   characters, or is no well-formed Unicode (a lone surrogate cannot travel in a URL or in UTF-8)
 */
export function parseTaskId(value: unknown): string {
  if (typeof value !== 'string') throw refusal('must be a string');
  const taskId = value.normalize('NFC');
  const trimmed = taskId.trim();
  if (trimmed === '') throw refusal('must not be blank');
  if (trimmed !== taskId) throw refusal('must not begin or end with a blank');
  if (taskId.length > maxTaskIdLength) {
    throw refusal(`has ${taskId.length} characters; the limit is ${maxTaskIdLength}`);
  }
  if (/\p{Surrogate}/u.test(taskId)) throw refusal('must be well-formed Unicode');
  return taskId;
}

function refusal(reason: string): InvalidEventError {
  return new InvalidEventError({ path: 'taskId', reason });
}
