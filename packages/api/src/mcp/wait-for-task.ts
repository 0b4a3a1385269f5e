import type { Event, TaskState } from '@org/events';
import { taskNotFound } from '../api-errors.ts';
import { hasEnded } from '../wire/index.ts';
import type { ToolContext } from './tool.ts';

/** A task's state once it has ended or asks something, or when the time is over. */
export async function waitForTask(
  taskId: string,
  timeoutMs: number,
  { services, signal, progress }: ToolContext,
): Promise<TaskState> {
  const { feed, states } = services;
  await feed.ready;
  let wake = () => {};
  let timedOut = false;
  const stop = feed.follow(taskId, ({ messages }) => {
    for (const { event } of messages) progress({ done: event.version, message: describe(event) });
    wake();
  });
  const timer = setTimeout(() => {
    timedOut = true;
    wake();
  }, timeoutMs);
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const state = await states.get(taskId);
      if (state === undefined) throw taskNotFound(taskId);
      const settled = hasEnded(state.status) || state.status === 'waiting';
      if (settled || timedOut || signal.aborted) return state;
      await woken;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    stop();
  }
}

function describe({ eventType, data, codeVersion }: Event): string {
  const module = 'module' in data && typeof data.module === 'string' ? ` ${data.module}` : '';
  return `${eventType}${module}${codeVersion > 0 ? ` (code version ${codeVersion})` : ''}`;
}
