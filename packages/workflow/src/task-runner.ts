import type { ContextManager } from '@org/context';
import type { Event, EventStore, ModelCall, NewEvent } from '@org/events';
import type { LanguageModel } from '@org/models';
import type { TaskOrchestrator } from '@org/orchestrator';
import { ModelUnavailableError } from './ask-model.ts';
import { type DecideOptions, type Decision, decide, decideUnpaused, taskFailed } from './decide.ts';
import { callsModel, stepEventId } from './step.ts';
import { stepPriority } from './step-priority.ts';
import { beginStep, executeStep } from './steps/execute-step.ts';
import type { Outcome, StepContext } from './steps/step-context.ts';
import { appendFault, TaskLog } from './task-log.ts';
import type { RunLimits, TestRunner } from './test-runner.ts';
import type { WorkflowHooks } from './workflow-hooks.ts';

/** What every task's runner shares. */
export interface RunnerOptions {
  readonly store: EventStore<Event, NewEvent>;
  readonly orchestrator: TaskOrchestrator;
  readonly contexts: () => ContextManager;
  readonly models: () => readonly LanguageModel[];
  readonly testRunner: TestRunner;
  readonly testLimits: Partial<RunLimits>;
  readonly decide: () => DecideOptions;
  readonly stepTimeoutMs: number;
  /** How long a task waits for a model that is away, in ms, counted from the first refusal. */
  readonly modelWaitMs: number;
  readonly retryDelayMs: (attempt: number) => number;
  readonly now: () => number;
  readonly hooks: WorkflowHooks;
  /** Told of each event that this runner stored, in order. */
  readonly onAppended: (events: readonly Event[]) => void;
  /** Told once of what the log held when the runner took the task over. */
  readonly onTakenOver: (events: readonly Event[]) => void;
}

/** Ends a wait or a step from outside: the log says what to do next. */
class Interrupted extends Error {}

/** The server stops; the task goes on in its next life. */
class Stopped extends Error {}

/** What the executions of a step came to while no model could be asked. */
interface Refused {
  readonly stepId: string;
  readonly calls: readonly ModelCall[];
  readonly attempts: number;
  /** When the waiting began, ms since the epoch; a hold of the task starts it anew. */
  readonly since: number;
}

type StepDecision = Extract<Decision, { do: 'step' }>;
type Due = Exclude<Decision, { do: 'wait' } | { do: 'end' }>;

/**
 * Brings one task from where its log stands to its end.
 *
 * 1. The log alone says what is next: `decide(fold(log))`. Nothing is remembered between two steps but the
 *    calls that a model refused, for the record.
 * 2. One step at a time; the next is submitted after the former has settled.
 * 3. An outcome is appended only where the log still asks for the step that made it.
 */
export class TaskRunner {
  readonly log: TaskLog;
  /** Settles when the task has ended (`true`) or the runner was stopped before (`false`). Never rejects. */
  readonly done: Promise<boolean>;
  readonly #options: RunnerOptions;
  readonly #stopping = new AbortController();
  #interruption = new AbortController();
  #woken: () => void = () => {};
  #wakes = 0;
  #draining = false;
  #storeFailures = 0;
  #refused: Refused | null = null;
  #waitingFor: 'model' | 'store' | null = null;

  constructor(taskId: string, options: RunnerOptions) {
    this.#options = options;
    this.log = new TaskLog(taskId, { store: options.store, process: 'workflow' });
    this.done = this.#run();
  }

  /** What the task waits for that is not its own doing; null: nothing. */
  get waitingFor(): 'model' | 'store' | null {
    return this.#waitingFor;
  }

  /** Something was appended for this task by another hand. */
  wake(): void {
    this.#wakes += 1;
    this.#woken();
  }

  /** As `wake`, and what runs for this task is aborted: cancelled, or its plan has changed. */
  interrupt(): void {
    this.#interruption.abort(new Interrupted('the task was changed by its user'));
    this.#interruption = new AbortController();
    this.wake();
  }

  /**
   * Settles `done`; the next life goes on from the log. `cancel` aborts what runs and appends nothing,
   * `drain` lets the running step finish and stores its outcome.
   */
  async stop(mode: 'cancel' | 'drain' = 'cancel'): Promise<void> {
    this.#draining = true;
    if (mode === 'cancel') this.#stopping.abort(new Stopped('the workflow is closing'));
    this.wake();
    await this.done;
  }

  async #run(): Promise<boolean> {
    try {
      await this.#patiently(() => this.log.refresh());
      this.#options.onTakenOver(this.log.events);
      for (;;) {
        this.#stopping.signal.throwIfAborted();
        if (this.#draining) return false;
        const wakes = this.#wakes;
        const decision = decide(this.log.state, this.#options.decide());
        if (decision.do === 'end') return true;
        if (decision.do === 'wait') await this.#held(wakes);
        else if (decision.do === 'record') await this.#record(decision, decision.events);
        else await this.#step(decision);
        await this.#patiently(() => this.log.refresh());
      }
    } catch (error) {
      if (!(error instanceof Stopped))
        this.#options.hooks.onError?.(error, `running task ${this.log.taskId}`);
      return false;
    }
  }

  async #held(seen: number): Promise<void> {
    if (this.#wakes === seen && !this.#draining) {
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
      this.#woken = () => {};
    }
    // Nobody has waited for a model meanwhile.
    if (this.#refused !== null) this.#refused = { ...this.#refused, since: this.#options.now() };
  }

  /** Submits a step, waits until it has really settled, and stores what came of it. */
  async #step(decision: StepDecision): Promise<void> {
    const former = this.#refused?.stepId === decision.id ? this.#refused : null;
    const outcome = await this.#execute(decision, former?.calls ?? []);
    if (outcome.kind === 'nothing') return;
    if (outcome.kind === 'unavailable') return this.#modelAway(decision, former, outcome.error);
    this.#refused = null;
    await this.#record(decision, outcome.events);
  }

  /** Waits before the step is decided again, or gives the task up when it has waited long enough. */
  async #modelAway(
    decision: StepDecision,
    former: Refused | null,
    error: ModelUnavailableError,
  ): Promise<void> {
    const now = this.#options.now();
    const { calls } = error;
    const since = former?.since ?? now;
    if (now - since >= this.#options.modelWaitMs) {
      const reason = { reason: 'model-unavailable', message: error.message };
      const failed = taskFailed(this.log.state, reason);
      await this.#record(decision, [{ ...failed, data: { ...failed.data, calls: [...calls] } }]);
      return;
    }
    const attempts = (former?.attempts ?? 0) + 1;
    this.#refused = { stepId: decision.id, calls, attempts, since };
    const retryInMs = this.#options.retryDelayMs(attempts);
    this.#options.hooks.onModelUnavailable?.({ ...this.#info(decision), error, retryInMs });
    this.#waitingFor = 'model';
    await this.#delay(retryInMs);
    this.#waitingFor = null;
  }

  async #execute(
    decision: StepDecision,
    earlierCalls: readonly ModelCall[],
  ): Promise<
    | { readonly kind: 'outcome'; readonly events: Outcome }
    | { readonly kind: 'nothing' }
    | { readonly kind: 'unavailable'; readonly error: ModelUnavailableError }
  > {
    const { step } = decision;
    const { hooks } = this.#options;
    const models = this.#options.models();
    const info = this.#info(decision);
    const interruption = this.#interruption.signal;
    const startedAt = this.#options.now();
    const storeFailures = this.#storeFailures;
    const work: { running: Promise<Outcome> | null } = { running: null };
    const handle = this.#options.orchestrator.submit<Outcome>({
      priority: stepPriority(step, this.log.state),
      timeoutMs: this.#options.stepTimeoutMs,
      preemptible: step.kind === 'analyse',
      signal: AbortSignal.any([interruption, this.#stopping.signal]),
      ...(callsModel(step.kind) && models[0] !== undefined ? { key: models[0].host } : {}),
      run: ({ signal }) => {
        hooks.onStepStarted?.(info);
        work.running = this.#perform(decision, { models, signal, earlierCalls });
        return work.running;
      },
    });
    this.#woken = () => {
      if (work.running !== null) return;
      if (this.#draining) handle.cancel();
      else void this.#lift(handle.id, step);
    };
    const settled = await handle.outcome;
    this.#woken = () => {};
    // Abort and kill first, then the step settled, only then what follows from it.
    await work.running?.catch(() => undefined);
    hooks.onStepSettled?.({
      ...info,
      outcome: settled.state,
      durationMs: this.#options.now() - startedAt,
    });
    if (settled.state === 'completed') return { kind: 'outcome', events: settled.value };
    this.#stopping.signal.throwIfAborted();
    if (interruption.aborted) return { kind: 'nothing' };
    const { error } = settled;
    if (error instanceof Stopped) throw error;
    if (error instanceof ModelUnavailableError) return { kind: 'unavailable', error };
    if (settled.state === 'cancelled') throw new Stopped('the orchestrator has shut down');
    if (appendFault(error) === 'conflict') return { kind: 'nothing' };
    // It was the store that took so long.
    if (settled.state === 'timed-out' && this.#storeFailures > storeFailures)
      return { kind: 'nothing' };
    if (step.kind === 'analyse') {
      const skipped = error instanceof Error ? error.message : String(error);
      return {
        kind: 'outcome',
        events: [{ eventType: 'DEAD_CODE_ANALYSIS', data: { findings: [], skipped } }],
      };
    }
    hooks.onError?.(error, `step ${decision.id}`);
    const failure =
      settled.state === 'timed-out'
        ? {
            reason: 'step-timeout',
            message: `The step ${step.kind} took longer than ${this.#options.stepTimeoutMs} ms.`,
          }
        : {
            reason: 'step-error',
            message: error instanceof Error ? error.message : String(error),
          };
    return { kind: 'outcome', events: [taskFailed(this.log.state, failure)] };
  }

  /** A step that waits in the queue becomes as urgent as what came meanwhile makes it. */
  async #lift(id: string, step: StepDecision['step']): Promise<void> {
    try {
      const priority = stepPriority(step, await this.log.peek());
      this.#options.orchestrator.setPriority(id, priority);
    } catch (error) {
      this.#options.hooks.onError?.(error, `the priority of step ${id}`);
    }
  }

  /** Inside a slot: what the step begins with, unless the log has it already, then the work itself. */
  async #perform(
    decision: StepDecision,
    given: {
      readonly models: readonly LanguageModel[];
      readonly signal: AbortSignal;
      readonly earlierCalls: readonly ModelCall[];
    },
  ): Promise<Outcome> {
    const info = this.#info(decision);
    const { hooks } = this.#options;
    const context = (): StepContext => ({
      stepId: decision.id,
      cause: decision.cause,
      state: this.log.state,
      events: [...this.log.events],
      contexts: this.#options.contexts(),
      models: given.models,
      testRunner: this.#options.testRunner,
      testLimits: this.#options.testLimits,
      earlierCalls: given.earlierCalls,
      signal: given.signal,
      onToken:
        hooks.onToken === undefined ? undefined : (text) => hooks.onToken?.({ ...info, text }),
      onCall: (call) => hooks.onModelCall?.({ ...info, call }),
    });
    await this.#patiently(() => this.log.refresh());
    // Paused while it waited for its turn: it has not begun, so this is still the boundary.
    const current = decide(this.log.state, this.#options.decide());
    if (current.do !== 'step' || current.id !== decision.id) return [];
    const begin = await beginStep(context(), current);
    if (begin.length > 0) {
      await this.#patiently(() =>
        this.log.append(begin, {
          causationId: decision.cause.eventId,
          eventId: (index) => stepEventId(decision.id, `begin ${index}`),
        }),
      );
      this.#appended(begin.length);
    }
    given.signal.throwIfAborted();
    return executeStep(context(), decision.step);
  }

  /** Appends what came of a decision, if the log still asks for it. */
  async #record(decision: Due, events: Outcome): Promise<void> {
    while (events.length > 0) {
      await this.#patiently(() => this.log.refresh());
      if (!this.#wanted(decision)) return;
      const beginIds = new Set([0, 1, 2].map((n) => stepEventId(decision.id, `begin ${n}`)));
      const begun = this.log.events.findLast((event) => beginIds.has(event.eventId));
      try {
        await this.#patiently(() =>
          this.log.append(events, {
            causationId: begun?.eventId ?? decision.cause.eventId,
            eventId: (index) => stepEventId(decision.id, `outcome ${index}`),
          }),
        );
        this.#appended(events.length);
        return;
      } catch (error) {
        const fault = appendFault(error);
        if (fault === 'conflict') continue;
        if (fault === 'stored-before') return;
        throw error;
      }
    }
  }

  /** A pause holds what follows from the log alone, but not the outcome of a step that ran. */
  #wanted(decision: Due): boolean {
    const ask = decision.do === 'step' ? decideUnpaused : decide;
    const now = ask(this.log.state, this.#options.decide());
    return (now.do === 'step' || now.do === 'record') && now.id === decision.id;
  }

  #appended(count: number): void {
    this.#options.onAppended(this.log.events.slice(-count));
  }

  /** Does what needs the store; while it is away, waits and tries again, in order. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; ) {
      try {
        const value = await attempt();
        this.#waitingFor = null;
        return value;
      } catch (error) {
        if (appendFault(error) !== 'unavailable') throw error;
        failures += 1;
        this.#storeFailures += 1;
        this.#waitingFor = 'store';
        this.#options.hooks.onStoreUnavailable?.({ taskId: this.log.taskId, error });
        await this.#delay(this.#options.retryDelayMs(failures));
      }
    }
  }

  /** Ends early when the task is woken. @throws Stopped when the runner is to stop, draining too */
  async #delay(ms: number): Promise<void> {
    this.#throwIfStopping();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#woken = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#woken = () => {};
    this.#throwIfStopping();
  }

  #throwIfStopping(): void {
    this.#stopping.signal.throwIfAborted();
    if (this.#draining) throw new Stopped('the workflow is closing');
  }

  #info(decision: StepDecision) {
    return { taskId: this.log.taskId, stepId: decision.id, step: decision.step };
  }
}
