import { randomUUID } from 'node:crypto';
import type { ContextManager } from '@org/context';
import type { AppendResult, Event, EventStore, NewEvent } from '@org/events';
import type { LanguageModel } from '@org/models';
import type { TaskOrchestrator } from '@org/orchestrator';
import { Admission, type AdmissionOptions } from './admission.ts';
import { appendChange, asRefusal, userProcess } from './append-change.ts';
import {
  type BugReportCheck,
  checkBugReport,
  checkIntervention,
  checkTask,
} from './check-request.ts';
import type {
  BugReportOutcome,
  BugReportRequest,
  ChangeOptions,
  CodingTaskRequest,
  InterventionRequest,
  StartedTask,
} from './coding-task-request.ts';
import type { DecideOptions, TaskLimits } from './decide.ts';
import { codeOf, unavailable, WorkflowError } from './errors.ts';
import { guardedHooks } from './guarded-hooks.ts';
import { stepEventId } from './step.ts';
import { TaskLog } from './task-log.ts';
import { explainCall, fileAt, filesAt, graphAt } from './task-reads.ts';
import { type RunnerOptions, TaskRunner } from './task-runner.ts';
import type { RunLimits, TestRunner } from './test-runner.ts';
import { UnfinishedTasks } from './unfinished-tasks.ts';
import type { WorkflowHooks } from './workflow-hooks.ts';
import type { Workspace } from './workspace.ts';

/** What the workflow is made of. */
export interface CodingWorkflowOptions {
  readonly store: EventStore<Event, NewEvent>;
  readonly orchestrator: TaskOrchestrator;
  /** Builds each call's context; replaced together with `models` by `reconfigure`. */
  readonly contexts: ContextManager;
  /** Smallest window first. */
  readonly models: readonly LanguageModel[];
  readonly testRunner: TestRunner;
  /** Where the code is put beside the log. @default nowhere: the log has it all */
  readonly workspace?: Workspace;
  /** Told of each event the workflow stores; what it throws is given to `hooks.onError`. */
  readonly broadcast?: (event: Event) => void | Promise<void>;
  readonly limits?: Partial<TaskLimits> & {
    /** Of one step, in ms. @default 1_800_000 */
    readonly stepTimeoutMs?: number;
    /** How long a task waits for a model that is away, in ms. @default 900_000 */
    readonly modelWaitMs?: number;
    readonly tests?: Partial<RunLimits>;
  };
  readonly admission?: AdmissionOptions;
  /** @default "javascript" */
  readonly defaultLanguage?: DecideOptions['defaultLanguage'];
  readonly hooks?: WorkflowHooks;
  /** Delay before the n-th retry of what is away, in ms. @default 250 ms, doubled up to 10 s */
  readonly retryDelayMs?: (attempt: number) => number;
  readonly now?: () => number;
  readonly generateId?: () => string;
}

/** How a task ended. */
export interface EndedTask {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly version: number;
}

/** Where the workflow stands, at once. */
export interface WorkflowFigures {
  readonly unfinished: number;
  readonly waitingForPlace: number;
  readonly limit: number;
  readonly waitingForModel: number;
  /** Tasks whose outcome waits for the store. Above 0 the server is degraded. */
  readonly waitingForStore: number;
}

/** Runs coding tasks from their first event to their last, through crashes and restarts. */
export class CodingWorkflow {
  readonly #options: CodingWorkflowOptions;
  readonly #store: EventStore<Event, NewEvent>;
  readonly #hooks: ReturnType<typeof guardedHooks>;
  readonly #admission: Admission;
  readonly #unfinished: UnfinishedTasks;
  readonly #runners = new Map<string, TaskRunner>();
  readonly #settling = new Set<Promise<void>>();
  #models: readonly LanguageModel[];
  #contexts: ContextManager;
  #closed = false;

  private constructor(options: CodingWorkflowOptions, unfinished: UnfinishedTasks) {
    this.#options = options;
    this.#store = options.store;
    this.#hooks = guardedHooks(options.hooks ?? {});
    this.#admission = new Admission(options.admission);
    this.#unfinished = unfinished;
    this.#models = options.models;
    this.#contexts = options.contexts;
  }

  /** Opens the workflow over a store. Nothing runs before `resume` or `start`. */
  static async open(options: CodingWorkflowOptions): Promise<CodingWorkflow> {
    return new CodingWorkflow(options, await UnfinishedTasks.open(options.store));
  }

  /** Goes on with every task that has not ended; answers their ids. */
  resume(): readonly string[] {
    const taskIds = this.#unfinished.taskIds().filter((taskId) => !this.#runners.has(taskId));
    for (const taskId of taskIds) {
      this.#admission.occupy();
      this.#run(taskId);
    }
    return taskIds;
  }

  /**
   * Admits a task: reserves a place, stores TASK_CREATED, and starts on it. Resolves when it is durable.
   *
   * @throws WorkflowError `INVALID_TASK`, `NO_ROOM`, `TASK_EXISTS`, `IDEMPOTENCY_MISMATCH`, `UNAVAILABLE`
   */
  async start(
    request: CodingTaskRequest,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<StartedTask> {
    this.#refuseWhenClosed();
    const data = checkTask(request);
    const known = await this.#startedBefore(request);
    if (known !== null) return known;
    await this.#admission.reserve(options.signal);
    if (this.#closed) this.#admission.release();
    this.#refuseWhenClosed();
    const taskId = request.taskId ?? this.#newId();
    const result = await this.#appendCreated(taskId, request, data).catch((error: unknown) => {
      this.#admission.release();
      throw error;
    });
    const created = result.events[0];
    if (created === undefined || result.deduplicated) {
      this.#admission.release();
      const again = await this.#startedBefore(request);
      if (again !== null) return again;
      throw new WorkflowError('TASK_EXISTS', `The task ${taskId} exists already.`);
    }
    this.#appended([created]);
    this.#run(created.taskId);
    return {
      taskId: created.taskId,
      version: created.version,
      createdAt: created.timestamp,
      deduplicated: false,
    };
  }

  /**
   * Ends a task as cancelled: the wish is stored, what runs is aborted, and this resolves when the task
   * has ended. On an ended task: how it ended.
   */
  async cancel(
    taskId: string,
    options: ChangeOptions & { readonly reason?: string | null } = {},
  ): Promise<EndedTask> {
    const log = await this.#logOf(taskId);
    await this.#change(log, {
      ifVersion: options.ifVersion,
      check: (state) =>
        state.ended !== null || state.cancelRequested !== null
          ? null
          : intervention({
              kind: 'cancel',
              text: options.reason ?? null,
              questionId: null,
              plan: null,
            }),
    });
    if (log.state.ended !== null)
      return { status: log.state.ended, version: log.state.task.version };
    const runner = this.#runners.get(log.taskId);
    runner?.interrupt();
    await runner?.done;
    await log.refresh();
    if (log.state.ended === null)
      throw unavailable('The task is cancelled when the server is back.');
    return { status: log.state.ended, version: log.state.task.version };
  }

  /** Stores an intervention at once; it needs no slot, and aborts nothing but for a change of plan. */
  async intervene(
    taskId: string,
    request: InterventionRequest,
    options: ChangeOptions = {},
  ): Promise<{ readonly version: number; readonly eventId: string }> {
    const log = await this.#logOf(taskId);
    const event = await this.#change(log, {
      ifVersion: options.ifVersion,
      check: (state) => intervention(checkIntervention(request, state, this.#language)),
    });
    if (event === null) throw new Error('an intervention that changes nothing');
    const runner = this.#runners.get(log.taskId);
    if (request.kind === 'plan') runner?.interrupt();
    else runner?.wake();
    return { version: event.version, eventId: event.eventId };
  }

  /** Stores a bug report, stale or not; a valid one starts a correction, and reopens a completed task. */
  async reportBug(
    taskId: string,
    report: BugReportRequest,
    options: ChangeOptions = {},
  ): Promise<BugReportOutcome> {
    const log = await this.#logOf(taskId);
    let checked: BugReportCheck = { accepted: true, reason: null };
    const event = await this.#change(log, {
      ifVersion: options.ifVersion,
      check: (state) => {
        checked = checkBugReport(report, state);
        return bugReport(report, checked);
      },
    });
    if (event === null) throw new Error('a bug report that is not recorded');
    const { version, eventId } = event;
    return this.#reported(log, { check: checked, version, eventId });
  }

  /** The task's source files as of a code version. */
  async files(taskId: string, options: { readonly version?: number } = {}) {
    return filesAt(await this.#logOf(taskId), options.version);
  }

  /** One file with its content. */
  async readFile(taskId: string, path: string, options: { readonly version?: number } = {}) {
    return fileAt(await this.#logOf(taskId), { path, version: options.version });
  }

  /** The task's cache graph as of a moment. */
  async graph(taskId: string, options: { readonly until?: number | string } = {}) {
    return graphAt(await this.#logOf(taskId), { store: this.#store, ...options });
  }

  /** The exact prompt of a recorded model call, written again from the log and checked by its hash. */
  async explainContext(taskId: string, callId: string) {
    return explainCall(await this.#logOf(taskId), { callId, contexts: this.#contexts });
  }

  /** Other models from the next step on; running calls finish on the old ones. */
  reconfigure(next: {
    readonly models: readonly LanguageModel[];
    readonly contexts: ContextManager;
  }): void {
    this.#models = next.models;
    this.#contexts = next.contexts;
  }

  figures(): WorkflowFigures {
    const { taken, waiting, limit } = this.#admission.figures();
    const runners = [...this.#runners.values()];
    return {
      unfinished: taken,
      waitingForPlace: waiting,
      limit,
      waitingForModel: runners.filter((runner) => runner.waitingFor === 'model').length,
      waitingForStore: runners.filter((runner) => runner.waitingFor === 'store').length,
    };
  }

  /** Resolves when no task is being worked on. */
  async onIdle(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  /**
   * Stops every task where it stands in the log and writes the list of unfinished tasks. `cancel` aborts
   * running steps, which run again in the next life; `drain` lets them finish first.
   */
  async close(options: { readonly mode?: 'cancel' | 'drain' } = {}): Promise<void> {
    this.#closed = true;
    this.#admission.refuseAll(stopping());
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop(options.mode)));
    await Promise.all(this.#settling);
    await this.#unfinished.write().catch((error: unknown) => this.#report(error, 'closing'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #run(taskId: string): void {
    if (this.#closed) {
      // It is stored; the next life goes on with it.
      this.#admission.release();
      return;
    }
    const runner = new TaskRunner(taskId, this.#runnerOptions());
    this.#runners.set(taskId, runner);
    const settling = this.#settle(taskId, runner).finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  async #settle(taskId: string, runner: TaskRunner): Promise<void> {
    await runner.done;
    if (this.#runners.get(taskId) === runner) this.#runners.delete(taskId);
    this.#admission.release();
    // A bug report came after the runner had read the log for the last time.
    if (!this.#closed && this.#unfinished.has(taskId) && runner.log.state.ended !== null)
      this.#wakeOrRun(taskId, { reopens: true });
  }

  #wakeOrRun(taskId: string, how: { readonly reopens: boolean }): void {
    const runner = this.#runners.get(taskId);
    if (runner !== undefined) runner.wake();
    else if (how.reopens && !this.#closed) {
      this.#admission.occupy();
      this.#run(taskId);
    }
  }

  #runnerOptions(): RunnerOptions {
    const { limits } = this.#options;
    return {
      store: this.#store,
      orchestrator: this.#options.orchestrator,
      contexts: () => this.#contexts,
      models: () => this.#models,
      testRunner: this.#options.testRunner,
      testLimits: limits?.tests ?? {},
      decide: () => ({
        maxIterations: limits?.maxIterations ?? 5,
        tokenBudget: limits?.tokenBudget ?? null,
        defaultLanguage: this.#language,
        models: this.#models.map((model) => model.id),
      }),
      stepTimeoutMs: limits?.stepTimeoutMs ?? 1_800_000,
      modelWaitMs: limits?.modelWaitMs ?? 900_000,
      retryDelayMs:
        this.#options.retryDelayMs ?? ((attempt) => Math.min(250 * 2 ** (attempt - 1), 10_000)),
      now: this.#options.now ?? Date.now,
      hooks: this.#hooks,
      onAppended: (events) => this.#appended(events),
      // Writing again what is there changes nothing; a crash may have come before it was.
      onTakenOver: (events) => {
        for (const event of events)
          if (event.eventType === 'CODE_GENERATED') void this.#writeCode(event);
      },
    };
  }

  async #logOf(taskId: string): Promise<TaskLog> {
    const log = new TaskLog(taskId, { store: this.#store, process: userProcess });
    await log.refresh();
    if (log.events.length === 0)
      throw new WorkflowError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
    return log;
  }

  async #appendCreated(
    taskId: string,
    request: CodingTaskRequest,
    data: Extract<NewEvent, { eventType: 'TASK_CREATED' }>['data'],
  ): Promise<AppendResult<Event>> {
    const event: NewEvent = {
      eventType: 'TASK_CREATED',
      correlationId: taskId,
      data,
      ...(request.idempotency == null ? {} : { eventId: idempotentId(request.idempotency.key) }),
    };
    return this.#store
      .append(taskId, event, { expectedVersion: 'no-stream', process: userProcess })
      .catch(async (error: unknown) => {
        if (codeOf(error) === 'EVENT_ID_CONFLICT') {
          // Two requests with one key at once: the first one's task is the answer to both.
          return { events: [], firstSequence: 0, lastSequence: 0, version: 0, deduplicated: true };
        }
        if (codeOf(error) === 'VERSION_CONFLICT')
          throw new WorkflowError('TASK_EXISTS', `The task ${taskId} exists already.`, {
            cause: error,
          });
        throw asRefusal(error);
      });
  }

  /** The task that an earlier request with the same key has started. */
  async #startedBefore(request: CodingTaskRequest): Promise<StartedTask | null> {
    if (request.idempotency == null) return null;
    const event = await this.#store.getEvent(idempotentId(request.idempotency.key));
    if (event?.eventType !== 'TASK_CREATED') return null;
    if (event.data.idempotency?.bodyHash !== request.idempotency.bodyHash)
      throw new WorkflowError(
        'IDEMPOTENCY_MISMATCH',
        'This idempotency key was used before for another request.',
      );
    return {
      taskId: event.taskId,
      version: event.version,
      createdAt: event.timestamp,
      deduplicated: true,
    };
  }

  async #change(
    log: TaskLog,
    change: Omit<Parameters<typeof appendChange>[1], 'store'>,
  ): Promise<Event | null> {
    const event = await appendChange(log, { store: this.#store, ...change });
    if (event !== null) this.#appended([event]);
    return event;
  }

  #reported(
    log: TaskLog,
    report: { readonly check: BugReportCheck; readonly version: number; readonly eventId: string },
  ): BugReportOutcome {
    const { check, version, eventId } = report;
    if (check.accepted) {
      this.#wakeOrRun(log.taskId, { reopens: log.state.ended === 'completed' });
      return { accepted: true, version, eventId };
    }
    const { reason, supersededBy } = check;
    return { accepted: false, version, eventId, reason, supersededBy };
  }

  /** Everything that follows from a stored event and that nobody waits for. */
  #appended(events: readonly Event[]): void {
    for (const event of events) {
      this.#unfinished.note(event);
      if (event.eventType === 'CODE_GENERATED') void this.#writeCode(event);
      void this.#broadcast(event);
    }
    if (this.#unfinished.due)
      this.#unfinished
        .write()
        .catch((error: unknown) => this.#report(error, 'writing a checkpoint'));
    this.#hooks.onAppended?.(events);
  }

  async #broadcast(event: Event): Promise<void> {
    try {
      await this.#options.broadcast?.(event);
    } catch (error) {
      this.#report(error, `broadcasting event ${event.sequence}`);
    }
  }

  async #writeCode(event: Extract<Event, { eventType: 'CODE_GENERATED' }>): Promise<void> {
    try {
      await this.#options.workspace?.writeVersion({
        taskId: event.taskId,
        version: event.codeVersion,
        files: event.data.files,
      });
    } catch (error) {
      this.#report(error, `writing code version ${event.codeVersion} of ${event.taskId}`);
    }
  }

  #report(error: unknown, doing: string): void {
    this.#hooks.onError(error, doing);
  }

  get #language(): DecideOptions['defaultLanguage'] {
    return this.#options.defaultLanguage ?? 'javascript';
  }

  #newId(): string {
    return this.#options.generateId?.() ?? `task-${randomUUID()}`;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw stopping();
  }
}

/** Every key names one TASK_CREATED, for ever: its id is made of the key. */
function idempotentId(key: string): string {
  return stepEventId('idempotency-key', key);
}

function intervention(data: Extract<NewEvent, { eventType: 'USER_INTERVENTION' }>['data']) {
  return { eventType: 'USER_INTERVENTION' as const, data };
}

function bugReport(report: BugReportRequest, check: BugReportCheck) {
  const { description, module, codeVersion, codeHash, vectorClock } = report;
  return {
    eventType: 'BUG_REPORT_RECEIVED' as const,
    data: {
      description,
      module,
      against: { codeVersion, codeHash, vectorClock: vectorClock && { ...vectorClock } },
      accepted: check.accepted,
      reason: check.reason,
    },
  };
}

function stopping(): WorkflowError {
  return unavailable('The server is stopping.');
}
