import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Slot } from './slot.ts';

/** Calls a task's function in its slot, which hears once what has come of it, at once or later. */
export function callWork(slot: Slot, task: ScheduledTask): void {
  const { run } = slot;
  if (run === undefined) return;
  let returned: unknown;
  try {
    returned = task.work.call(task.input, run);
    if (isThenable(returned)) {
      // A thenable of another make may throw when asked, or answer twice; the engine's own `then` of
      // a promise answers once.
      const promise = Promise.resolve(returned);
      void Promise.prototype.then.call(promise, slot.onFulfilled, slot.onRejected);
      return;
    }
  } catch (error) {
    slot.onRejected(error);
    return;
  }
  slot.onFulfilled(returned);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
