import { createHash } from 'node:crypto';
import type { Cause } from '../state/cause.ts';

/**
 * The id of a step: the same for every execution of it, before and after a crash.
 *
 * It follows from the task, the version of the event that caused the step, and what is done.
 */
export function stepId(taskId: string, cause: Cause, action: string): string {
  return `${taskId}/${cause.version}/${action}`;
}

/**
 * The id of the n-th event that a step appends: a UUID (version 8) made of the step's id, so that a
 * second execution of the step cannot append its outcome twice.
 */
export function stepEventId(id: string, name: string): string {
  const hex = createHash('sha256').update(`${id}\0${name}`, 'utf8').digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
