import type { WorkflowHooks } from '@org/workflow';
import type { Logger } from './logger.ts';

/** The workflow's happenings as log lines, beside whatever else listens. */
export function logHooks(logger: Logger, also: WorkflowHooks = {}): WorkflowHooks {
  return {
    ...also,
    onStepStarted(info) {
      logger.debug({ taskId: info.taskId, step: info.step }, 'step started');
      also.onStepStarted?.(info);
    },
    onStepSettled(info) {
      const { taskId, step, outcome, durationMs } = info;
      logger.info({ taskId, step, outcome, durationMs }, 'step settled');
      also.onStepSettled?.(info);
    },
    onModelCall(info) {
      const { model, outcome, tokens, durationMs, signature } = info.call;
      logger.info(
        { taskId: info.taskId, signature, model, outcome, tokens, durationMs },
        'model call',
      );
      also.onModelCall?.(info);
    },
    onModelUnavailable(info) {
      logger.warn(
        { taskId: info.taskId, fault: info.error.message, retryInMs: info.retryInMs },
        'model away',
      );
      also.onModelUnavailable?.(info);
    },
    onStoreUnavailable(info) {
      logger.error({ taskId: info.taskId, err: info.error }, 'store away');
      also.onStoreUnavailable?.(info);
    },
    onError(error, doing) {
      logger.error({ err: error }, doing);
      also.onError?.(error, doing);
    },
  };
}
