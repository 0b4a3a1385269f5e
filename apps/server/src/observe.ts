import type { WorkflowHooks } from '@org/workflow';
import type { Logger } from './logger.ts';

/** A time in ms as the log shows it: to a tenth. */
export function shownMs(durationMs: number): number {
  return Math.round(durationMs * 10) / 10;
}

/** Several listeners as one: each is called, in order. */
export function allHooks(listeners: readonly WorkflowHooks[]): WorkflowHooks {
  const each =
    <Name extends keyof WorkflowHooks>(name: Name) =>
    (...given: Parameters<NonNullable<WorkflowHooks[Name]>>): void => {
      for (const listener of listeners) {
        // The tuple is that of the very hook it is given to.
        (listener[name] as ((...args: typeof given) => void) | undefined)?.(...given);
      }
    };
  return {
    onStepStarted: each('onStepStarted'),
    onStepSettled: each('onStepSettled'),
    onModelCall: each('onModelCall'),
    onToken: each('onToken'),
    onAppended: each('onAppended'),
    onModelUnavailable: each('onModelUnavailable'),
    onStoreUnavailable: each('onStoreUnavailable'),
    onError: each('onError'),
  };
}

/** The workflow's happenings as log lines; neither prompts nor answers are among them. */
export function logHooks(logger: Logger): WorkflowHooks {
  return {
    onStepStarted: ({ taskId, step }) => logger.debug({ taskId, step }, 'step started'),
    onStepSettled: ({ taskId, step, outcome, durationMs }) =>
      logger.info({ taskId, step, outcome, durationMs: shownMs(durationMs) }, 'step settled'),
    onModelCall: ({ taskId, call }) => {
      const { model, outcome, tokens, signature } = call;
      const durationMs = shownMs(call.durationMs);
      logger.info({ taskId, signature, model, outcome, tokens, durationMs }, 'model call');
    },
    onModelUnavailable: ({ taskId, error, retryInMs }) =>
      logger.warn({ taskId, fault: error.message, retryInMs }, 'model away'),
    onStoreUnavailable: ({ taskId, error }) => logger.error({ taskId, err: error }, 'store away'),
    onError: (error, doing) => logger.error({ err: error }, doing),
  };
}
