import { InvalidTaskError, UnknownKindError } from '../errors/bad-input.ts';
import { isJsonValue } from '../task/json-value.ts';
import type { Work } from '../task/parse-task.ts';
import type { JsonValue, Task, TaskContext, TaskHandler, ThreadModule } from '../task/task.ts';
import { parseThreadModule, runInThread } from './thread.ts';

/**
 * What a task does: its own function, its kind's handler with its payload, or a module in a thread.
 * @throws InvalidTaskError, UnknownKindError
 */
export function parseWork(task: Task, handlers: ReadonlyMap<string, TaskHandler>): Work {
  const { run, module } = task;
  const isolation: unknown = task.isolation; // Not every caller is type-checked.
  if (isolation !== undefined && isolation !== 'none' && isolation !== 'thread') {
    throw new InvalidTaskError('isolation', isolation, '"none" or "thread"');
  }
  const isThread = isolation === 'thread' || module !== undefined;
  if (run === undefined) {
    return isThread ? threadWork(parseThreadModule(task), task.payload) : kindWork(task, handlers);
  }
  if (typeof run !== 'function') throw new InvalidTaskError('run', run, 'a function');
  if (isThread) {
    throw new InvalidTaskError('run', run, 'no function: a thread runs a module, given by its URL');
  }
  return run;
}

function kindWork({ kind, payload }: Task, handlers: ReadonlyMap<string, TaskHandler>): Work {
  if (kind === undefined) {
    const expected = 'a function, or a registered kind, or a module for a thread';
    throw new InvalidTaskError('run', undefined, expected);
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

function threadWork(module: ThreadModule, payload: unknown): Work {
  return (context) => runInThread(module, payload, context);
}
