import { Worker } from 'node:worker_threads';
import { InvalidTaskError } from '../errors/bad-input.ts';
import { ThreadFailedError } from '../errors/failures.ts';
import type { TaskContext, ThreadModule } from '../task/task.ts';

/** @throws InvalidTaskError */
export function parseThreadModule(module: {
  readonly isolation?: unknown;
  readonly module?: unknown;
  readonly exportName?: unknown;
  readonly resourceLimits?: unknown;
}): ThreadModule {
  if (typeof module !== 'object' || module === null) {
    throw new InvalidTaskError('module', module, 'an object with isolation and module');
  }
  if (module.isolation !== 'thread') {
    throw new InvalidTaskError('isolation', module.isolation, '"thread" for a module');
  }
  const url = module.module;
  if (!(typeof url === 'string' || url instanceof URL) || !URL.canParse(String(url))) {
    throw new InvalidTaskError('module', url, "a URL, as new URL('./work.js', import.meta.url)");
  }
  if (module.exportName !== undefined && typeof module.exportName !== 'string') {
    throw new InvalidTaskError('exportName', module.exportName, 'a string');
  }
  // All fields that the rest of the package reads have just been checked.
  return module as ThreadModule;
}

/**
 * Calls a module's function in a thread of its own, and ends the thread with it: when it has given
 * its result, or at once when the context's signal is aborted. `terminate()` stops any JavaScript,
 * endless loops and regular expressions too; it cannot stop a blocking native call (`execSync`),
 * and then this does not settle until that call returns.
 */
export async function runInThread(
  module: ThreadModule,
  payload: unknown,
  context: TaskContext,
): Promise<unknown> {
  const { signal } = context;
  signal.throwIfAborted();
  const thread = startThread(module, payload, context);
  const stop = (): void => void thread.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await answerOf(thread, context);
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

function startThread(module: ThreadModule, payload: unknown, context: TaskContext): Worker {
  const { taskId, attempt, priority } = context;
  const workerData = {
    url: String(module.module),
    exportName: module.exportName ?? 'default',
    payload,
    sender,
    context: { taskId, attempt, priority },
  };
  try {
    return new Worker(threadSource, {
      eval: true,
      workerData,
      ...(module.resourceLimits === undefined ? {} : { resourceLimits: module.resourceLimits }),
    });
  } catch (error) {
    throw new ThreadFailedError('The payload cannot be cloned to a thread', { cause: error });
  }
}

type ThreadMessage =
  | { readonly type: 'progress'; readonly value: unknown }
  | { readonly type: 'result'; readonly value: unknown }
  | { readonly type: 'error'; readonly error: unknown; readonly fields: object };

/** The module may use the port too: what it posts there is not for us. */
function isOurs(message: unknown): message is ThreadMessage {
  return (
    typeof message === 'object' && message !== null && 'from' in message && message.from === sender
  );
}

const sender = '@org/orchestrator';

function answerOf(thread: Worker, context: TaskContext): Promise<unknown> {
  return new Promise((resolve, reject) => {
    thread.on('message', (message: unknown) => {
      if (!isOurs(message)) return;
      if (message.type === 'progress') context.progress(message.value);
      else if (message.type === 'result') resolve(message.value);
      else reject(rebuilt(message));
    });
    thread.on('messageerror', (cause) => {
      reject(new ThreadFailedError('The result cannot be cloned from the thread', { cause }));
    });
    thread.on('error', (cause) => {
      reject(new ThreadFailedError(`The thread failed: ${String(cause)}`, { cause }));
    });
    thread.on('exit', (code) => {
      reject(new ThreadFailedError(`The thread ended with code ${code} before it gave a result`));
    });
  });
}

/** Cloning keeps name, message, stack and cause of an error; what else it carries (`code`) is put back. */
function rebuilt(message: { readonly error: unknown; readonly fields: object }): unknown {
  const { error, fields } = message;
  return error instanceof Error ? Object.assign(error, fields) : error;
}

/**
 * A string, so that no bundler can change it or lose its file. Whether `eval` makes it CommonJS or
 * a module depends on how the process was started, so it neither requires nor imports statically.
 */
const threadSource = `
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
const fieldsOf = (error) => {
  const fields = {};
  for (const [name, value] of Object.entries(error)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) fields[name] = value;
  }
  return fields;
};
const post = (message) => parentPort.postMessage({ from: workerData.sender, ...message });
const fail = (error) => {
  const fields = error instanceof Error ? fieldsOf(error) : {};
  try {
    post({ type: 'error', error, fields });
  } catch {
    const plain = new Error(String(error && error.message ? error.message : error));
    if (error instanceof Error) { plain.name = error.name; plain.stack = error.stack; }
    post({ type: 'error', error: plain, fields });
  }
};
(async () => {
  const { url, exportName, payload, context } = workerData;
  const work = (await import(url))[exportName];
  if (typeof work !== 'function') throw new TypeError(url + ' exports no function "' + exportName + '"');
  const progress = (value) => post({ type: 'progress', value });
  const value = await work(payload, { ...context, progress });
  post({ type: 'result', value });
})().catch(fail);
`;
