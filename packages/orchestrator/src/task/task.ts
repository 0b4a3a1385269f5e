import type { ResourceLimits } from 'node:worker_threads';
import type { PriorityInput } from '../priority/priority.ts';

/**
 * Where a task is.
 *
 * `waiting` (its submit waits for room) → `blocked` (by dependencies) → `queued` → `running`
 * → `completed` | `failed` | `timed-out` | `cancelled`. A failed attempt with attempts left is
 * `retrying` until its delay is over, then `queued` again; so is a preempted one.
 */
export type TaskState = PendingTaskState | SettledTaskState;
export type PendingTaskState = 'waiting' | 'blocked' | 'queued' | 'running' | 'retrying';
export type SettledTaskState = 'completed' | 'failed' | 'timed-out' | 'cancelled';

/** How a task ended. */
export type TaskOutcome<Result = unknown> =
  | { readonly state: 'completed'; readonly value: Result }
  | { readonly state: 'failed' | 'timed-out' | 'cancelled'; readonly error: unknown };

/** What a running task is given. */
export interface TaskContext {
  readonly taskId: string;
  /** 1 for the first attempt. An attempt that was preempted is not counted. */
  readonly attempt: number;
  readonly priority: number;
  /**
   * Aborted when the task's time is up, when it is cancelled, preempted, or the orchestrator shuts
   * down; `signal.reason` is the error that says which. Made on first use.
   */
  readonly signal: AbortSignal;
  /** Reports progress to listeners of `task.progress`. A no-op after the task has settled. */
  readonly progress: (value: unknown) => void;
}

/** Data that survives JSON, so that a durable queue can carry it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export interface RetryOptions {
  /** Attempts in all, the first included. @default 1 */
  readonly attempts?: number;
  /** Delay before the second attempt, in ms. @default 500 */
  readonly delayMs?: number;
  /** What each further delay is multiplied by. @default 2 */
  readonly factor?: number;
  /** Upper limit of a delay, in ms. @default 30_000 */
  readonly maxDelayMs?: number;
  /**
   * `"full"` draws each delay evenly from 0 to its value, so that many tasks that failed together
   * do not come back together; `"none"` takes the value itself. @default "full"
   */
  readonly jitter?: 'full' | 'none';
  /** Whether this error is worth another attempt. `UnrecoverableTaskError` never is. @default always */
  readonly retryIf?: (error: unknown, attempt: number) => boolean;
}

/** What every task may say about itself, whatever form its work has. */
export interface TaskOptions {
  /** Unique among tasks that are still known. @default made by `generateId` when first asked for */
  readonly id?: string;
  /** @default TaskPriority.MEDIUM */
  readonly priority?: PriorityInput;
  /** At most as many tasks of one key run at once as the key's limit says. Waiting for it holds no slot. */
  readonly key?: string;
  /** Ids of tasks that must complete first. If one of them does not, this task is cancelled. */
  readonly dependsOn?: readonly string[];
  /** Limit of one attempt, from its start, in ms. 0 settles at once; none is `Infinity`. @default the orchestrator's `defaultTimeoutMs` */
  readonly timeoutMs?: number;
  /** Limit of the wait from submit to the first start, in ms. 0 settles at once. @default Infinity */
  readonly queueTimeoutMs?: number;
  /** Limit of the wait for room, in ms; 0 refuses at once. @default the orchestrator's `submitTimeoutMs` */
  readonly submitTimeoutMs?: number;
  /** @default the orchestrator's `retry` */
  readonly retry?: RetryOptions;
  /** Whether a task that is more urgent by 20 may take this one's slot. @default false */
  readonly preemptible?: boolean;
  /** What happens if the id is known: `DuplicateTaskError`, or the known task's handle. @default "reject" */
  readonly onDuplicate?: 'reject' | 'join';
  /** Cancels the task, wherever it is; a wait for room too. No listener stays on it. */
  readonly signal?: AbortSignal;
}

/** A task that is a function of this process. */
export interface FunctionTask<Result = unknown> extends TaskOptions {
  readonly run: (context: TaskContext) => Result | PromiseLike<Result>;
  readonly kind?: string;
  readonly payload?: undefined;
  readonly isolation?: 'none';
  readonly module?: undefined;
}

/** A task of a registered kind: its work is the kind's handler, its payload is data. */
export interface KindTask extends TaskOptions {
  readonly kind: string;
  readonly payload?: JsonValue;
  readonly run?: undefined;
  readonly isolation?: 'none';
  readonly module?: undefined;
}

/** A task that runs in a thread of its own, which is terminated when the task must stop. */
export interface ThreadTask extends TaskOptions, ThreadModule {
  /** Anything that can be cloned to a thread. */
  readonly payload?: unknown;
  readonly kind?: string;
  readonly run?: undefined;
}

/** A module whose function runs in a thread: `(payload, { taskId, attempt, progress }) => result`. */
export interface ThreadModule {
  readonly isolation: 'thread';
  /** A `file:` URL, for example `new URL('./parse.js', import.meta.url)`. */
  readonly module: string | URL;
  /** The exported function. @default "default" */
  readonly exportName?: string;
  readonly resourceLimits?: ResourceLimits;
}

export type Task<Result = unknown> = FunctionTask<Result> | KindTask | ThreadTask;

/** The work of a kind: a function here, or a module that runs in a thread. */
export type TaskHandler = ((payload: never, context: TaskContext) => unknown) | ThreadModule;

/** A submitted task. */
export interface TaskHandle<Result = unknown> {
  readonly id: string;
  readonly state: TaskState;
  readonly priority: number;
  /** Attempts started so far, preempted ones not counted. */
  readonly attempt: number;
  /**
   * Resolves once the task has a place (await it to feel the backpressure). Rejects if the wait for
   * room was aborted or took too long, or the orchestrator shut down. Never an unhandled rejection.
   */
  readonly accepted: Promise<void>;
  /** The task's value, or rejects with why there is none. Never an unhandled rejection. */
  readonly result: Promise<Result>;
  /** As `result`, but never rejects. */
  readonly outcome: Promise<TaskOutcome<Result>>;
  /** Cancels the task wherever it is. False if it had settled already. */
  cancel(reason?: unknown): boolean;
}

/** The answer of `trySubmit`. */
export type TrySubmitResult<Result = unknown> =
  | { readonly accepted: true; readonly handle: TaskHandle<Result> }
  | { readonly accepted: false; readonly reason: 'full' | 'duplicate' | 'shutdown' };
