import type { BackpressureOptions } from '../observe/backpressure-monitor.ts';
import type { RetryOptions } from '../task/task.ts';
import type { Clock } from '../time/clock.ts';

export interface AgeingOptions {
  /** A queued task rises by one named level each time it has waited this long. */
  readonly everyMs: number;
  /** How high it can rise; never CRITICAL. @default TaskPriority.HIGH */
  readonly upTo?: number;
}

/** A start that a dispatch worker is about to make. */
export interface Dispatch {
  readonly workerId: number;
  readonly taskId: string;
  readonly priority: number;
  readonly attempt: number;
}

export interface OrchestratorOptions {
  /** Tasks that may wait in the queue; running ones are not counted. `Infinity` for no limit. @default 100 */
  readonly maxQueueSize?: number;
  /** Tasks that may run at once. @default 5 */
  readonly maxConcurrent?: number;
  /** Dispatch workers; they take turns, and do not limit how many tasks run. @default 3 */
  readonly workers?: number;
  /** Submitters that may wait for room; beyond it submit refuses. @default Infinity */
  readonly maxWaiting?: number;
  /** Tasks that may wait for dependencies; beyond it submit refuses. @default 10_000 */
  readonly maxBlocked?: number;
  /** How long a submit waits for room, in ms. @default Infinity */
  readonly submitTimeoutMs?: number;
  /** Limit of one attempt for tasks that do not say, in ms. @default Infinity */
  readonly defaultTimeoutMs?: number;
  /**
   * How long a task that was told to stop may keep its slot, in ms. After it the slot is given back
   * though its function still runs, and `stats().abandoned` counts it. `Infinity` never gives it
   * back: nothing then ever runs beyond `maxConcurrent`. @default 10_000
   */
  readonly abandonAfterMs?: number;
  /** Retries of tasks that do not say. @default one attempt */
  readonly retry?: RetryOptions;
  /** Tasks of one key that may run at once, for keys without a limit of their own. @default 1 */
  readonly keyLimit?: number;
  /** Limits by key. */
  readonly keyLimits?: Readonly<Record<string, number>>;
  /** Against starvation. @default false */
  readonly ageing?: AgeingOptions | false;
  /**
   * A dependency that is not known: `"wait"` for it to be submitted, or `"reject"` the dependent.
   * @default "wait"
   */
  readonly missingDependency?: 'wait' | 'reject';
  /** Finished tasks with an id of their own that stay known (for duplicates, dependencies, `get`). @default 1_000 */
  readonly rememberFinished?: number;
  /** Failed tasks that are kept as dead letters; the oldest leaves first. @default 100 */
  readonly maxDeadLetters?: number;
  /** Options of `orchestrator.backpressure`. */
  readonly backpressure?: BackpressureOptions;
  /**
   * Called by a worker just before it starts a task. If it throws, the worker crashes: the task goes
   * back to the head of its queue and the supervisor restarts the worker.
   */
  readonly onDispatch?: (dispatch: Dispatch) => void;
  /** Called with what an event listener threw. @default thrown again on its own, as `EventTarget` does */
  readonly onListenerError?: (error: unknown) => void;
  /** @default the clock of this process */
  readonly clock?: Clock;
  /** @default crypto.randomUUID */
  readonly generateId?: () => string;
  /** From 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
}
