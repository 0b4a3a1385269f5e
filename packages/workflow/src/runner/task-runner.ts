import { decide } from '../decide/decide.ts';
import type { StepDecision } from '../decide/decision.ts';
import { taskFailed } from '../decide/endings.ts';
import type { ModelUnavailableError } from '../model-calls/model-faults.ts';
import { ModelPatience } from './model-patience.ts';
import { recordOutcome } from './record-outcome.ts';
import { runStep } from './run-step.ts';
import type { RunnerOptions } from './runner-options.ts';
import { infoOf, type RunningTask } from './running-task.ts';
import { StorePatience } from './store-patience.ts';
import { TaskLog } from './task-log.ts';
import { Stopped, TaskSignals } from './task-signals.ts';

/**
 * Brings one task from where its log stands to its end.
 *
 * 1. The log alone says what is next: `decide(fold(log))`. Nothing is remembered between two steps but the
 *    calls that a model refused, for the record, and whose turn a step has to wait for.
 * 2. One step at a time; the next is submitted after the former has settled.
 * 3. An outcome is appended only where the log still asks for the step that made it.
 */
export class TaskRunner {
  readonly log: TaskLog;
  /** Settles when the task has ended (`true`) or the runner was stopped before (`false`). Never rejects. */
  readonly done: Promise<boolean>;
  readonly #task: RunningTask;
  readonly #signals = new TaskSignals();
  readonly #patience: ModelPatience;
  #moved: { readonly stepId: string; readonly host: string } | null = null;
  #modelAway = false;
  /** How often in a row the orchestrator had no room, for a task that has its place already. */
  #turnedAway = 0;

  constructor(taskId: string, options: RunnerOptions) {
    this.log = new TaskLog(taskId, { store: options.store, process: 'workflow' });
    this.#task = {
      log: this.log,
      options,
      signals: this.#signals,
      store: new StorePatience({
        signals: this.#signals,
        retryDelayMs: options.retryDelayMs,
        onUnavailable: (error) => options.hooks.onStoreUnavailable?.({ taskId, error }),
      }),
    };
    this.#patience = new ModelPatience({ limitMs: options.modelWaitMs, now: options.now });
    this.done = this.#run();
  }

  /** What the task waits for that is not its own doing; null: nothing. */
  get waitingFor(): 'model' | 'store' | null {
    if (this.#task.store.waiting) return 'store';
    return this.#modelAway ? 'model' : null;
  }

  /** Something was appended for this task by another hand. */
  wake(): void {
    this.#signals.wake();
  }

  /** As `wake`, and what runs for this task is aborted: cancelled, or its plan has changed. */
  interrupt(): void {
    this.#signals.interrupt();
  }

  /**
   * Settles `done`; the next life goes on from the log. `cancel` aborts what runs and appends nothing,
   * `drain` lets the running step finish and stores its outcome.
   */
  async stop(mode: 'cancel' | 'drain' = 'cancel'): Promise<void> {
    this.#signals.stop(mode);
    await this.done;
  }

  async #run(): Promise<boolean> {
    const { options } = this.#task;
    try {
      await this.#refresh();
      options.onTakenOver(this.log.events);
      for (;;) {
        this.#signals.stopping.throwIfAborted();
        if (this.#signals.draining) return false;
        const decision = decide(this.log.state, options.decide());
        if (decision.do === 'end') return true;
        if (decision.do === 'wait') await this.#held();
        else if (decision.do === 'record')
          await recordOutcome(this.#task, decision, decision.events);
        else await this.#step(decision);
        await this.#refresh();
      }
    } catch (error) {
      if (!(error instanceof Stopped))
        options.hooks.onError?.(error, `running task ${this.log.taskId}`);
      return false;
    }
  }

  /** What is stored from here on is either read, or wakes. */
  async #refresh(): Promise<void> {
    this.#signals.listen();
    await this.#task.store.run(() => this.log.refresh());
  }

  async #held(): Promise<void> {
    await this.#signals.untilWoken();
    this.#patience.held();
  }

  async #step(decision: StepDecision): Promise<void> {
    const result = await runStep(this.#task, decision, {
      earlierCalls: this.#patience.callsOf(decision.id),
      host: this.#moved?.stepId === decision.id ? this.#moved.host : null,
    });
    if (result.kind === 'no-room') {
      this.#turnedAway += 1;
      return this.#signals.delay(this.#task.options.retryDelayMs(this.#turnedAway));
    }
    this.#turnedAway = 0;
    if (result.kind === 'nothing') return;
    if (result.kind === 'unavailable') return this.#waitForModel(decision, result.error);
    if (result.kind === 'elsewhere') {
      this.#moved = { stepId: decision.id, host: result.host };
      return;
    }
    this.#patience.answered();
    await recordOutcome(this.#task, decision, result.events);
  }

  /** Waits before the step is decided again, or gives the task up when it has waited long enough. */
  async #waitForModel(decision: StepDecision, error: ModelUnavailableError): Promise<void> {
    const { options } = this.#task;
    const attempts = this.#patience.refused(decision.id, error);
    if (attempts === null) {
      const reason = { reason: 'model-unavailable', message: error.message };
      const failed = taskFailed(this.log.state, reason);
      const calls = [...error.calls];
      await recordOutcome(this.#task, decision, [{ ...failed, data: { ...failed.data, calls } }]);
      return;
    }
    const retryInMs = options.retryDelayMs(attempts);
    options.hooks.onModelUnavailable?.({ ...infoOf(this.#task, decision), error, retryInMs });
    this.#modelAway = true;
    await this.#signals.delay(retryInMs);
    this.#modelAway = false;
  }
}
