import { randomUUID } from 'node:crypto';
import type { Event } from '@org/events';
import {
  type CodingWorkflowOptions,
  languageOf,
  type ModelSetup,
  runnerOptions,
} from './coding-workflow-options.ts';
import { isWorkflowError, unavailable, WorkflowError } from './errors.ts';
import { guardedHooks } from './guarded-hooks.ts';
import { appendChange, userProcess } from './requests/append-change.ts';
import {
  type BugReportCheck,
  checkBugReport,
  checkIntervention,
  checkTask,
} from './requests/check-request.ts';
import type {
  BugReportOutcome,
  BugReportRequest,
  ChangeOptions,
  CodingTaskRequest,
  InterventionRequest,
  StartedTask,
} from './requests/coding-task-request.ts';
import { appendCreated, startedBefore, startedTask, taskExists } from './requests/create-task.ts';
import { bugReport, bugReportOutcome, cancelIntent, intervention } from './requests/user-events.ts';
import { TaskLog } from './runner/task-log.ts';
import { explainCall, fileAt, filesAt, graphAt } from './runner/task-reads.ts';
import { Admission } from './tasks/admission.ts';
import { DoubtfulAppends } from './tasks/doubtful-appends.ts';
import { FirstOfItsKey } from './tasks/first-of-its-key.ts';
import { RunningTasks } from './tasks/running-tasks.ts';
import { StoredEvents } from './tasks/stored-events.ts';
import { UnfinishedTasks } from './tasks/unfinished-tasks.ts';

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
  readonly #admission: Admission;
  readonly #stored: StoredEvents;
  readonly #running: RunningTasks;
  readonly #doubts: DoubtfulAppends;
  readonly #keys = new FirstOfItsKey();
  #setup: ModelSetup;
  #closing: Promise<void> | null = null;

  private constructor(options: CodingWorkflowOptions, unfinished: UnfinishedTasks) {
    const { workspace, broadcast, models, contexts } = options;
    const hooks = guardedHooks(options.hooks ?? {});
    this.#options = options;
    this.#setup = { models, contexts };
    this.#admission = new Admission(options.admission);
    this.#stored = new StoredEvents({ unfinished, workspace, broadcast, hooks });
    const forRunners = runnerOptions(options, {
      hooks,
      setup: () => this.#setup,
      onAppended: (events) => this.#stored.appended(events),
      onTakenOver: (events) => this.#stored.takenOver(events),
    });
    this.#running = new RunningTasks(forRunners, { admission: this.#admission, unfinished });
    this.#doubts = new DoubtfulAppends({
      isBack: () => options.store.health().status === 'ok',
      lookAgain: (taskId) => this.#running.lookAt(taskId),
      retryDelayMs: forRunners.retryDelayMs,
    });
  }

  /** Opens the workflow over a store. Nothing runs before `resume` or `start`. */
  static async open(options: CodingWorkflowOptions): Promise<CodingWorkflow> {
    return new CodingWorkflow(options, await UnfinishedTasks.open(options.store));
  }

  /** Goes on with every task that has not ended; answers their ids. */
  resume(): readonly string[] {
    return this.#running.resume();
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
    return this.#keys.run(request.idempotency?.key, () => this.#start(request, options));
  }

  async #start(
    request: CodingTaskRequest,
    options: { readonly signal?: AbortSignal },
  ): Promise<StartedTask> {
    const { store, generateId } = this.#options;
    this.#refuseWhenClosed();
    const data = checkTask(request);
    const known = await startedBefore(request, store);
    if (known !== null) return known;
    await this.#admission.reserve(options.signal);
    let begun = false;
    try {
      this.#refuseWhenClosed();
      const taskId = request.taskId ?? generateId?.() ?? `task-${randomUUID()}`;
      const created = await this.#orDoubt(taskId, appendCreated({ taskId, request, data }, store));
      if (created !== null) {
        this.#stored.appended([created]);
        begun = true;
        this.#running.begin(created.taskId);
        return startedTask(created, { deduplicated: false });
      }
      const first = await startedBefore(request, store);
      if (first !== null) return first;
      throw taskExists(taskId);
    } finally {
      if (!begun) this.#admission.release();
    }
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
          : cancelIntent(options.reason ?? null),
    });
    if (log.state.ended !== null)
      return { status: log.state.ended, version: log.state.task.version };
    const runner = this.#running.get(log.taskId);
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
      check: (state) => intervention(checkIntervention(request, state, languageOf(this.#options))),
    });
    if (event === null) throw new Error('an intervention that changes nothing');
    const runner = this.#running.get(log.taskId);
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
    if (checked.accepted) this.#running.lookAt(log.taskId);
    return bugReportOutcome(checked, event);
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
    return graphAt(await this.#logOf(taskId), { store: this.#options.store, ...options });
  }

  /** The exact prompt of a recorded model call, written again from the log and checked by its hash. */
  async explainContext(taskId: string, callId: string) {
    return explainCall(await this.#logOf(taskId), { callId, contexts: this.#setup.contexts });
  }

  /** Other models from the next step on; running calls finish on the old ones. */
  reconfigure(next: ModelSetup): void {
    this.#setup = { models: next.models, contexts: next.contexts };
  }

  figures(): WorkflowFigures {
    const { taken, waiting, limit } = this.#admission.figures();
    return {
      unfinished: taken,
      waitingForPlace: waiting,
      limit,
      waitingForModel: this.#running.waitingFor('model'),
      waitingForStore: this.#running.waitingFor('store'),
    };
  }

  /** Resolves when no task is being worked on. */
  onIdle(): Promise<void> {
    return this.#running.onIdle();
  }

  /**
   * Stops every task where it stands in the log and writes the list of unfinished tasks. `cancel` aborts
   * running steps, which run again in the next life; `drain` lets them finish first. Closing twice is closing once.
   */
  close({ mode }: { readonly mode?: 'cancel' | 'drain' } = {}): Promise<void> {
    this.#closing ??= this.#close(mode);
    return this.#closing;
  }

  async #close(mode?: 'cancel' | 'drain'): Promise<void> {
    this.#admission.refuseAll(stopping());
    this.#doubts.close();
    await this.#running.close(mode);
    await this.#stored.writeUnfinished('closing');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #logOf(taskId: string): Promise<TaskLog> {
    const log = new TaskLog(taskId, { store: this.#options.store, process: userProcess });
    await log.refresh();
    if (log.events.length === 0)
      throw new WorkflowError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
    return log;
  }

  async #change(
    log: TaskLog,
    change: Omit<Parameters<typeof appendChange>[1], 'store'>,
  ): Promise<Event | null> {
    const { store } = this.#options;
    const event = await this.#orDoubt(log.taskId, appendChange(log, { store, ...change }));
    if (event !== null) this.#stored.appended([event]);
    return event;
  }

  /** A refused append may be stored all the same. */
  async #orDoubt<T>(taskId: string, append: Promise<T>): Promise<T> {
    try {
      return await append;
    } catch (error) {
      if (isWorkflowError(error, 'UNAVAILABLE')) this.#doubts.add(taskId.normalize('NFC'));
      throw error;
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw stopping();
  }
}

function stopping() {
  return unavailable('The server is stopping.');
}
