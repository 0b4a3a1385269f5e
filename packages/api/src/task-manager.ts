import type { Event, TaskStatus } from '@org/events';
import { ApiError, taskNotFound } from './api-errors.ts';
import type { CodingTasks, EndedTask, StartedTask, StartTaskRequest } from './coding-tasks.ts';
import type { EventFeed } from './feed/event-feed.ts';
import type { TaskStates } from './reads/task-states.ts';
import { hasEnded } from './wire/index.ts';

/** How a tracked task came to its end; `refused`: it never started, `error` says why. */
export type TaskEnd =
  | { readonly taskId: string; readonly status: EndedTask['status']; readonly version: number }
  | { readonly taskId: string | null; readonly status: 'refused'; readonly error: unknown };

export interface StartTaskOptions {
  /** Called once, when the task has ended or could not be started. */
  readonly onEnd?: (end: TaskEnd) => void;
  readonly signal?: AbortSignal;
}

export interface TaskManagerOptions {
  readonly tasks: CodingTasks;
  readonly states: TaskStates;
  readonly feed: EventFeed;
  /** Told of callbacks that throw and of tasks whose end cannot be told. */
  readonly onError?: (error: unknown) => void;
}

type Entry = { readonly taskId: string; readonly onEnd: ((end: TaskEnd) => void) | undefined };

const terminal: ReadonlySet<string> = new Set(['TASK_COMPLETE', 'TASK_FAILED', 'TASK_CANCELLED']);

/**
 * The tasks under way, as a view of the `CodingTasks` port: it starts, watches and cancels, and has
 * no truth of its own. What a task's status is, the event store says.
 */
export class TaskManager {
  readonly #options: TaskManagerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stop: () => void;
  /** For each start under way, the untracked tasks that have ended meanwhile: its own may be one. */
  readonly #starting = new Set<Set<string>>();
  #whenStarted: (() => void)[] = [];
  #closed = false;

  constructor(options: TaskManagerOptions) {
    this.#options = options;
    this.#stop = options.feed.onEvent((event) => this.#see(event));
  }

  /** Ids of the tasks that are tracked. */
  get activeTaskIds(): readonly string[] {
    return [...this.#entries.keys()];
  }

  isActive(taskId: string): boolean {
    return this.#entries.has(taskId);
  }

  /**
   * Starts a task and tracks it to its end; resolves when it is stored, not when it is done.
   *
   * @throws ApiError `TASK_EXISTS` for an id that is tracked, `SHUTTING_DOWN` after `shutdownAll`; and what the port throws
   */
  async startTask(
    request: StartTaskRequest,
    { onEnd, signal }: StartTaskOptions = {},
  ): Promise<StartedTask> {
    if (this.#closed) throw new ApiError('SHUTTING_DOWN', 'No more tasks are started');
    const { taskId } = request;
    if (taskId !== null && request.idempotency === null && this.#entries.has(taskId)) {
      throw new ApiError('TASK_EXISTS', `Task ${JSON.stringify(taskId)} is under way`);
    }
    const early = taskId !== null && !this.#entries.has(taskId) ? { taskId, onEnd } : undefined;
    if (early) this.#entries.set(early.taskId, early);
    const endedMeanwhile = new Set<string>();
    this.#starting.add(endedMeanwhile);
    try {
      const started = await this.#options.tasks.start(request, signal ? { signal } : {});
      if (early === undefined) this.#track({ taskId: started.taskId, onEnd });
      if (started.deduplicated || endedMeanwhile.has(started.taskId)) {
        await this.#leaveIfEnded(started.taskId);
      }
      return started;
    } catch (error) {
      if (early && this.#entries.get(early.taskId) === early) this.#entries.delete(early.taskId);
      this.#tell(onEnd, { taskId, status: 'refused', error });
      throw error;
    } finally {
      this.#starting.delete(endedMeanwhile);
      if (this.#starting.size === 0) {
        for (const resolve of this.#whenStarted.splice(0)) resolve();
      }
    }
  }

  /** Tracks a task that was started before, for example by the process before this one. */
  async adopt(taskId: string, options: Pick<StartTaskOptions, 'onEnd'> = {}): Promise<void> {
    this.#track({ taskId, onEnd: options.onEnd });
    await this.#leaveIfEnded(taskId);
  }

  /**
   * Cancels a task and resolves when it has ended; harmless on one that has ended.
   *
   * @throws ApiError `TASK_NOT_FOUND`; and what the port throws
   */
  async cancelTask(
    taskId: string,
    options: { readonly reason?: string | null; readonly ifVersion?: number } = {},
  ): Promise<EndedTask> {
    const ended = await this.#options.tasks.cancel(taskId, options);
    this.#leave(taskId, { taskId, ...ended });
    return ended;
  }

  /** A task's status, from the event store. @throws ApiError `TASK_NOT_FOUND` */
  async getTaskStatus(taskId: string): Promise<TaskStatus> {
    const state = await this.#options.states.get(taskId);
    if (state === undefined) throw taskNotFound(taskId);
    return state.status;
  }

  /** Refuses new tasks, cancels every tracked one, those still starting too, and waits for all. */
  async shutdownAll(options: { readonly reason?: string } = {}): Promise<readonly TaskEnd[]> {
    this.#closed = true;
    if (this.#starting.size > 0) await new Promise<void>((done) => this.#whenStarted.push(done));
    const ends = await Promise.all(
      this.activeTaskIds.map(async (taskId): Promise<TaskEnd> => {
        try {
          return { taskId, ...(await this.cancelTask(taskId, options)) };
        } catch (error) {
          this.#options.onError?.(error);
          return { taskId, status: 'refused', error };
        }
      }),
    );
    this.close();
    return ends;
  }

  /** Stops watching; tasks go on. */
  close(): void {
    this.#closed = true;
    this.#stop();
    this.#entries.clear();
  }

  #track(entry: Entry): void {
    if (!this.#entries.has(entry.taskId)) this.#entries.set(entry.taskId, entry);
  }

  #see(event: Event): void {
    if (!terminal.has(event.eventType)) return;
    if (!this.#entries.has(event.taskId)) {
      for (const endedMeanwhile of this.#starting) endedMeanwhile.add(event.taskId);
      return;
    }
    this.#leaveIfEnded(event.taskId).catch((error: unknown) => this.#options.onError?.(error));
  }

  async #leaveIfEnded(taskId: string): Promise<void> {
    const state = await this.#options.states.get(taskId);
    if (state === undefined || !hasEnded(state.status)) return;
    this.#leave(taskId, { taskId, status: state.status, version: state.version });
  }

  #leave(taskId: string, end: TaskEnd): void {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) return;
    this.#entries.delete(taskId);
    this.#tell(entry.onEnd, end);
  }

  #tell(onEnd: Entry['onEnd'], end: TaskEnd): void {
    try {
      onEnd?.(end);
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}
