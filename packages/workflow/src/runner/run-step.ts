import {
  type FunctionTask,
  isOrchestratorError,
  type TaskHandle,
  type TaskOrchestrator,
} from '@org/orchestrator';
import type { StepDecision } from '../decide/decision.ts';
import { taskFailed } from '../decide/endings.ts';
import { callsModel, type Step } from '../decide/step.ts';
import { stepPriority } from '../decide/step-priority.ts';
import { largerThan } from '../model-calls/ladder.ts';
import { ModelUnavailableError } from '../model-calls/model-faults.ts';
import type { Outcome } from '../steps/step-context.ts';
import { type Performed, performStep, type StepGiven } from './perform-step.ts';
import { infoOf, type RunningTask } from './running-task.ts';
import { appendFault } from './task-log.ts';
import { Stopped } from './task-signals.ts';

/** What became of a submitted step. */
export type StepResult =
  | Performed
  /** It was interrupted, overtaken, or held up by the store: the log says what is next. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unavailable'; readonly error: ModelUnavailableError }
  /** The orchestrator lets nobody else wait; it was not run. */
  | { readonly kind: 'no-room' };

/**
 * Submits a step to the orchestrator and waits until it has really settled.
 *
 * @throws Stopped when the workflow closes or the orchestrator shuts down; nothing is to be appended
 */
export async function runStep(
  task: RunningTask,
  decision: StepDecision,
  given: Pick<StepGiven, 'earlierCalls'> & {
    /** Whose turn it waits for, when an earlier execution said so. */
    readonly host: string | null;
  },
): Promise<StepResult> {
  const { step } = decision;
  const { signals, options } = task;
  const { hooks, orchestrator } = options;
  const models = options.models();
  const host = given.host ?? hostOf(step, models);
  const interruption = signals.interruption;
  const startedAt = options.now();
  const storeFailures = task.store.failures;
  const work: { running: Promise<Performed> | null } = { running: null };
  const handle = submitted(orchestrator, {
    priority: stepPriority(step, task.log.state),
    timeoutMs: options.stepTimeoutMs,
    // An admitted task is not refused, and what can be tried again the model's adapter tries.
    submitTimeoutMs: Number.POSITIVE_INFINITY,
    retry: { attempts: 1 },
    preemptible: step.kind === 'analyse',
    signal: AbortSignal.any([interruption, signals.stopping]),
    ...(host === null ? {} : { key: host }),
    run: ({ signal }) => {
      hooks.onStepStarted?.(infoOf(task, decision));
      const { earlierCalls } = given;
      // It moves once: where the log then leads it to yet another host, that host's own line has to do.
      const mayAsk = given.host === null ? host : null;
      work.running = performStep(task, decision, { models, signal, earlierCalls, host: mayAsk });
      return work.running;
    },
  });
  if (handle === null) return { kind: 'no-room' };
  const leave = signals.onWake(() => {
    if (work.running !== null) return;
    if (signals.draining) handle.cancel();
    else void lift(task, handle.id, step);
  });
  const settled = await handle.outcome;
  leave();
  // Abort and kill first, then the step settled, only then what follows from it.
  await work.running?.catch(() => undefined);
  hooks.onStepSettled?.({
    ...infoOf(task, decision),
    outcome:
      settled.state === 'completed' && settled.value.kind === 'elsewhere' ? 'moved' : settled.state,
    durationMs: options.now() - startedAt,
  });
  if (settled.state === 'completed') return settled.value;
  signals.stopping.throwIfAborted();
  if (interruption.aborted) return { kind: 'nothing' };
  const { error } = settled;
  if (error instanceof Stopped) throw error;
  if (error instanceof ModelUnavailableError) return { kind: 'unavailable', error };
  if (settled.state === 'cancelled') throw new Stopped('the orchestrator has shut down');
  if (appendFault(error) === 'conflict') return { kind: 'nothing' };
  const timedOut = settled.state === 'timed-out';
  // It was the store that took so long.
  if (timedOut && task.store.failures > storeFailures) return { kind: 'nothing' };
  if (step.kind !== 'analyse') hooks.onError?.(error, `step ${decision.id}`);
  return { kind: 'outcome', events: outcomeOfFailure(task, step, { error, timedOut }) };
}

/** Null where the orchestrator has no room and lets nobody else wait for some. */
function submitted(
  orchestrator: TaskOrchestrator,
  task: FunctionTask<Performed>,
): TaskHandle<Performed> | null {
  try {
    return orchestrator.submit(task);
  } catch (error) {
    if (isOrchestratorError(error, 'QUEUE_FULL')) return null;
    if (isOrchestratorError(error, 'SHUTDOWN')) throw new Stopped(error.message);
    throw error;
  }
}

/** The host of the model that a step begins with; null: it asks none. */
function hostOf(step: Step, models: StepGiven['models']): string | null {
  if (!callsModel(step.kind)) return null;
  const larger = step.kind === 'correct' && step.strategy === 'larger-model';
  return ((larger ? largerThan(models) : undefined) ?? models[0])?.host ?? null;
}

/** A step that waits in the queue becomes as urgent as what came meanwhile makes it. */
async function lift(task: RunningTask, id: string, step: Step): Promise<void> {
  try {
    const priority = stepPriority(step, await task.log.peek());
    task.options.orchestrator.setPriority(id, priority);
  } catch (error) {
    task.options.hooks.onError?.(error, `the priority of step ${id}`);
  }
}

/** A failed step fails its task; but an analysis, which nothing waits for, is only skipped. */
function outcomeOfFailure(
  { log, options }: RunningTask,
  step: Step,
  failure: { readonly error: unknown; readonly timedOut: boolean },
): Outcome {
  const { error, timedOut } = failure;
  const message = error instanceof Error ? error.message : String(error);
  if (step.kind === 'analyse')
    return [{ eventType: 'DEAD_CODE_ANALYSIS', data: { findings: [], skipped: message } }];
  const ms = options.stepTimeoutMs;
  return [
    taskFailed(
      log.state,
      timedOut
        ? {
            reason: 'step-timeout',
            message: `The step ${step.kind} took longer than ${ms} ms.`,
          }
        : { reason: 'step-error', message },
    ),
  ];
}
