import { DeadLetters } from './dead-letters.ts';
import type { Deadlines } from './deadline.ts';
import { Dependencies } from './dependencies.ts';
import type { Emitter } from './emitter.ts';
import {
  DependencyFailedError,
  DuplicateTaskError,
  QueueFullError,
  ShutdownError,
  TaskCancelledError,
  TaskTimeoutError,
  UnknownDependencyError,
} from './errors.ts';
import type { OrchestratorEvents, TaskEvent } from './orchestrator-events.ts';
import type { OrchestratorSettings } from './parse-options.ts';
import { parseTask, type TaskSettings } from './parse-task.ts';
import { retryDelay, shouldRetry } from './retry.ts';
import { ScheduledTask, type TaskOwner } from './scheduled-task.ts';
import { type Returned, Scheduler, type SchedulerHooks } from './scheduler.ts';
import { SharedSignals } from './shared-signals.ts';
import type { Task, TaskHandler, TaskOutcome } from './task.ts';
import { TaskRegistry } from './task-registry.ts';
import type { TaskRun } from './task-run.ts';

export interface LifecycleOptions {
  readonly settings: OrchestratorSettings;
  readonly events: Emitter<OrchestratorEvents>;
  readonly deadlines: Deadlines;
  /** The length of the queue may have changed. */
  readonly onChange: (utilisation: number) => void;
  /** Nothing runs and nothing waits any more. */
  readonly onIdle: () => void;
}

/**
 * What becomes of each task, from submit to its end.
 *
 * 1. A task settles exactly once, and in that step leaves every list: queue, line, blocked, retrying,
 *    deadlines, shared signal, the registry of unfinished tasks.
 * 2. A function that is still running then keeps its slot and its key until the scheduler sees it stop.
 * 3. A task that does not complete takes its dependents with it, however long the chain.
 */
export class TaskLifecycle implements TaskOwner {
  readonly handlers = new Map<string, TaskHandler>();
  readonly registry: TaskRegistry;
  readonly dependencies = new Dependencies();
  readonly deadLetters: DeadLetters;
  readonly scheduler: Scheduler;
  readonly totals = {
    submitted: 0,
    completed: 0,
    failed: 0,
    timedOut: 0,
    cancelled: 0,
    preempted: 0,
    retried: 0,
    abandoned: 0,
  };
  /** Submitters that wait for room. */
  waiting = 0;
  readonly #settings: OrchestratorSettings;
  readonly #events: Emitter<OrchestratorEvents>;
  readonly #deadlines: Deadlines;
  readonly #onChange: (utilisation: number) => void;
  readonly #onIdle: () => void;
  readonly #signals = new SharedSignals();
  readonly #retrying = new Set<ScheduledTask>();
  #unfinished = 0;
  /** Tasks that have not completed, whose dependents are still to be cancelled. */
  #cascade: ScheduledTask[] | undefined;

  constructor({ settings, events, deadlines, onChange, onIdle }: LifecycleOptions) {
    this.#settings = settings;
    this.#events = events;
    this.#deadlines = deadlines;
    this.#onChange = onChange;
    this.#onIdle = onIdle;
    this.registry = new TaskRegistry(settings.rememberFinished);
    this.deadLetters = new DeadLetters(settings.maxDeadLetters);
    this.scheduler = new Scheduler(settings, deadlines, this.#schedulerHooks());
  }

  get idle(): boolean {
    return this.#unfinished === 0 && this.scheduler.running.size === 0;
  }

  submit(input: Task, { mayWait }: { mayWait: boolean }): ScheduledTask {
    const settings = parseTask(input, this.#settings.taskLimits, this.handlers);
    const known = settings.id === undefined ? undefined : this.registry.get(settings.id);
    if (known !== undefined) {
      if (input.onDuplicate === 'join') return known;
      throw new DuplicateTaskError(known.id, known.state);
    }
    const { missing, failed } = this.#dependenciesOf(settings);
    this.#refuseWithoutRoom(settings, { blocked: missing.size > 0, mayWait });
    const task = this.#take(settings);
    if (settings.signal?.aborted === true) {
      this.#settle(task, cancelled(settings.signal.reason));
    } else if (settings.limits.queueTimeoutMs === 0 || settings.limits.timeoutMs === 0) {
      task.accept();
      this.#timeOut(task, settings.limits.queueTimeoutMs === 0 ? 'queued' : 'running');
    } else if (failed !== undefined) {
      task.accept();
      this.#settle(task, dependencyFailed(task, failed));
    } else {
      this.#place(task, missing);
    }
    return task;
  }

  /** The dependencies that have not completed yet, and one that never will. */
  #dependenciesOf({ id, dependsOn }: TaskSettings): {
    missing: Set<string>;
    failed?: ScheduledTask;
  } {
    if (dependsOn.length === 0) return noDependencies;
    if (id !== undefined) {
      this.dependencies.refuseCycle(id, dependsOn, (other) => this.registry.get(other));
    }
    const missing = new Set<string>();
    for (const dependency of dependsOn) {
      const known = this.registry.get(dependency);
      if (known === undefined && this.#settings.missingDependency === 'reject') {
        throw new UnknownDependencyError(id ?? '', dependency);
      }
      if (known === undefined || !known.settled) missing.add(dependency);
      else if (known.state !== 'completed') return { missing: new Set(), failed: known };
    }
    return { missing };
  }

  #refuseWithoutRoom(
    { limits }: TaskSettings,
    { blocked, mayWait }: { blocked: boolean; mayWait: boolean },
  ): void {
    const { maxBlocked, maxQueueSize, maxWaiting } = this.#settings;
    if (blocked) {
      if (this.dependencies.size >= maxBlocked) throw new QueueFullError('maxBlocked', maxBlocked);
    } else if (!this.scheduler.admission.hasRoom) {
      if (!mayWait || limits.submitTimeoutMs === 0)
        throw new QueueFullError('maxQueueSize', maxQueueSize);
      if (this.waiting >= maxWaiting) throw new QueueFullError('maxWaiting', maxWaiting);
    }
  }

  #take(settings: TaskSettings): ScheduledTask {
    const submittedAt = this.#settings.clock.now();
    const task = new ScheduledTask(this, { settings, submittedAt });
    this.#unfinished += 1;
    this.totals.submitted += 1;
    if (settings.id !== undefined) this.registry.add(settings.id, task);
    if (settings.key !== undefined) this.scheduler.admission.joinKey(task, settings.key);
    if (settings.signal !== undefined) this.#signals.add(settings.signal, task);
    if (this.#events.has('task.submitted')) this.#events.emit('task.submitted', about(task));
    return task;
  }

  /** Into the queue; or in line before it, or among the blocked. */
  #place(task: ScheduledTask, missing: Set<string>): void {
    if (task.settled) return; // A listener of `task.submitted` has cancelled it.
    const { queueTimeoutMs, submitTimeoutMs } = task.settings.limits;
    this.#limitWait(task, queueTimeoutMs);
    if (missing.size > 0) {
      task.state = 'blocked';
      this.dependencies.block(task, missing);
      task.accept();
      this.#events.emit('task.blocked', { ...about(task), dependsOn: [...missing] });
    } else if (this.scheduler.admission.hasRoom) {
      task.accept();
      this.scheduler.enqueue(task);
    } else {
      this.waiting += 1;
      this.scheduler.wait(task);
      this.#limitWait(task, Math.min(queueTimeoutMs, submitTimeoutMs));
      this.#events.emit('task.waiting', about(task));
    }
  }

  identify(task: ScheduledTask): string {
    for (let tries = 0; tries < 10; tries += 1) {
      const id = this.#settings.generateId();
      if (this.registry.get(id) !== undefined) continue;
      this.registry.add(id, task);
      return id;
    }
    throw new DuplicateTaskError(this.#settings.generateId(), 'made by generateId, ten times');
  }

  cancelTask(task: ScheduledTask, reason: unknown): boolean {
    return this.#end(task, cancelled(reason));
  }

  /** Cancels everything that has not settled. */
  cancelAll(error: Error): void {
    const { admission, running } = this.scheduler;
    const runs = running.all.map(({ task }) => task);
    for (const tasks of [this.dependencies.blocked, this.#retrying, admission.everything(), runs]) {
      for (const task of [...tasks]) this.#end(task, { state: 'cancelled', error });
    }
  }

  /** Cancels what waits for ids that nobody has submitted, when nobody can any more. */
  cancelUnreachable(): void {
    for (const id of [...this.dependencies.awaited]) {
      if (this.registry.get(id) !== undefined) continue;
      for (const task of this.dependencies.of(id)) {
        const message = `Task "${task.id}" waits for "${id}", which was not submitted before the shutdown`;
        this.#end(task, { state: 'cancelled', error: new ShutdownError(message) });
      }
    }
  }

  /** Limits the wait of a task for room, or for its first start, from its submit on. */
  #limitWait(task: ScheduledTask, ms: number): void {
    if (ms !== Number.POSITIVE_INFINITY) this.#wakeAt(task, task.submittedAt + ms);
    else if (task.wait !== undefined) this.#deadlines.clear(task.wait);
  }

  #wakeAt(task: ScheduledTask, deadline: number): void {
    task.wait ??= {
      deadline,
      deadlineOrder: 0,
      heapIndex: -1,
      onDeadline: () => this.#onWaitOver(task),
    };
    this.#deadlines.set(task.wait, deadline);
  }

  /** The wait of a task is over: for room, for its first start, or for its next attempt. */
  #onWaitOver(task: ScheduledTask): void {
    const { state, submittedAt } = task;
    const { queueTimeoutMs, submitTimeoutMs } = task.settings.limits;
    if (state === 'retrying') {
      this.#retrying.delete(task);
      this.scheduler.admission.retrying -= 1;
      task.requeuedAt = this.#settings.clock.now();
      this.scheduler.enqueue(task);
    } else if (state === 'waiting' && submitTimeoutMs < queueTimeoutMs) {
      const waitedMs = Math.round(this.#settings.clock.now() - submittedAt);
      const error = new QueueFullError('maxQueueSize', this.#settings.maxQueueSize, waitedMs);
      this.#end(task, { state: 'cancelled', error });
    } else {
      this.#timeOut(task, 'queued');
    }
  }

  #timeOut(task: ScheduledTask, phase: 'queued' | 'running'): void {
    const { queueTimeoutMs, timeoutMs } = task.settings.limits;
    const error = new TaskTimeoutError(phase, phase === 'queued' ? queueTimeoutMs : timeoutMs);
    this.#end(task, { state: 'timed-out', error });
  }

  #schedulerHooks(): SchedulerHooks {
    const events = this.#events;
    return {
      onAdmitted: (task) => this.#onAdmitted(task),
      onQueued: (task) => {
        if (events.has('task.queued')) events.emit('task.queued', about(task));
      },
      onStarted: (run, workerId) => {
        if (!events.has('task.started')) return;
        const { task, attempt, startedAt } = run;
        const waitedMs = startedAt - task.submittedAt;
        events.emit('task.started', { ...about(task), attempt, workerId, waitedMs });
      },
      onProgress: (run, value) => events.emit('task.progress', { ...about(run.task), value }),
      onTimeout: (run) => this.#timeOut(run.task, 'running'),
      onReturned: (run, returned) => this.#onReturned(run, returned),
      onStopped: (run) => this.#onStopped(run),
      onPreempting: (run, by) => {
        this.totals.preempted += 1;
        events.emit('task.preempted', { ...about(run.task), by: by.id });
      },
      onAbandoned: (run) => {
        this.totals.abandoned += 1;
        events.emit('task.abandoned', about(run.task));
        this.#onStopped(run);
      },
      onGivenUp: (task, error) => this.#fail(task, error),
      onCrash: (crash) => events.emit('worker.crashed', crash),
      onRestart: (restart) => events.emit('worker.restarted', restart),
      onChange: () => this.#onChange(this.scheduler.admission.utilisation),
    };
  }

  #onAdmitted(task: ScheduledTask): void {
    if (task.state === 'waiting') {
      this.waiting -= 1;
      this.#limitWait(task, task.settings.limits.queueTimeoutMs);
    }
    task.accept();
    task.state = 'queued';
    if (this.#events.has('task.queued')) this.#events.emit('task.queued', about(task));
  }

  #onReturned(run: TaskRun, returned: Returned): void {
    const { task } = run;
    if (returned.state === 'completed') this.#settle(task, returned, run);
    else this.#fail(task, returned.error);
  }

  /** The last trace of a task that had settled earlier is gone. */
  #onStopped({ task }: TaskRun): void {
    this.scheduler.admission.leaveKey(task);
    if (this.idle) this.#onIdle();
  }

  #fail(task: ScheduledTask, error: unknown): void {
    const { retry } = task.settings.limits;
    let cause = error;
    try {
      if (task.attempt > 0 && shouldRetry(retry, task.attempt, error)) {
        this.#retryLater(task, error);
        return;
      }
    } catch (retryIfError) {
      cause = retryIfError;
    }
    this.#settle(task, { state: 'failed', error: cause });
  }

  #retryLater(task: ScheduledTask, error: unknown): void {
    const delayMs = retryDelay(task.settings.limits.retry, task.attempt, this.#settings.random);
    this.totals.retried += 1;
    task.state = 'retrying';
    this.#retrying.add(task);
    this.scheduler.admission.retrying += 1;
    this.#wakeAt(task, this.#settings.clock.now() + delayMs);
    this.#events.emit('task.retrying', { ...about(task), attempt: task.attempt, delayMs, error });
  }

  /** Ends a task that is anywhere, for a reason that is not its own. */
  #end(task: ScheduledTask, outcome: UnhappyOutcome): boolean {
    if (task.settled) return false;
    const { run } = task;
    if (task.state === 'waiting' && task.queue !== undefined) this.waiting -= 1;
    if (this.#retrying.delete(task)) this.scheduler.forgetRetry();
    this.dependencies.unblock(task);
    this.scheduler.remove(task);
    this.#settle(task, outcome);
    if (run !== undefined) this.scheduler.stop(run, outcome.error);
    return true;
  }

  #settle(task: ScheduledTask, outcome: TaskOutcome, run?: TaskRun): void {
    task.settle(outcome);
    this.#unfinished -= 1;
    this.totals[totalOf[outcome.state]] += 1;
    if (task.wait !== undefined) this.#deadlines.clear(task.wait);
    if (task.settings.signal !== undefined) this.#signals.remove(task.settings.signal, task);
    if (task.run === undefined) this.scheduler.admission.leaveKey(task);
    if (task.knownId !== undefined) this.registry.finish(task.knownId, task);
    this.#announce(task, outcome, run);
    if (task.knownId !== undefined) {
      if (outcome.state === 'completed') this.#release(task.knownId);
      else this.#cancelDependents(task);
    }
    if (this.idle && this.#cascade === undefined) this.#onIdle();
  }

  #announce(task: ScheduledTask, outcome: TaskOutcome, run: TaskRun | undefined): void {
    const events = this.#events;
    if (outcome.state === 'completed') {
      if (run === undefined || !events.has('task.completed')) return;
      const ranMs = this.#settings.clock.now() - run.startedAt;
      events.emit('task.completed', { ...about(task), attempt: task.attempt, ranMs });
      return;
    }
    const { error } = outcome;
    if (outcome.state !== 'failed') {
      events.emit(`task.${outcome.state}`, { ...about(task), error });
      return;
    }
    const { attempt, settings } = task;
    events.emit('task.failed', { ...about(task), attempt, error });
    if (!this.deadLetters.enabled) return;
    this.deadLetters.add({ taskId: task.id, task: settings.task, error, attempts: attempt });
    events.emit('task.dead-lettered', { ...about(task), error });
  }

  #release(id: string): void {
    for (const task of this.dependencies.complete(id)) {
      task.requeuedAt = this.#settings.clock.now();
      if (this.scheduler.admission.hasRoom) this.scheduler.enqueue(task);
      else this.scheduler.wait(task);
    }
  }

  /** A loop, not a recursion: a chain of dependents can be longer than the stack. */
  #cancelDependents(failed: ScheduledTask): void {
    if (this.#cascade !== undefined) {
      this.#cascade.push(failed);
      return;
    }
    this.#cascade = [failed];
    try {
      for (let next = this.#cascade.pop(); next !== undefined; next = this.#cascade.pop()) {
        for (const task of this.dependencies.of(next.id))
          this.#end(task, dependencyFailed(task, next));
      }
    } finally {
      this.#cascade = undefined;
    }
  }
}

type UnhappyOutcome = {
  readonly state: 'cancelled' | 'timed-out';
  readonly error: unknown;
};

const noDependencies = { missing: new Set<string>() };

const totalOf = {
  completed: 'completed',
  failed: 'failed',
  'timed-out': 'timedOut',
  cancelled: 'cancelled',
} as const;

function about(task: ScheduledTask): TaskEvent {
  return { taskId: task.id, priority: task.priority, kind: task.settings.kind };
}

function cancelled(reason: unknown): UnhappyOutcome {
  return { state: 'cancelled', error: new TaskCancelledError(reason) };
}

function dependencyFailed(task: ScheduledTask, dependency: ScheduledTask): UnhappyOutcome {
  const cause = dependency.error;
  const error = new DependencyFailedError(task.id, dependency.id, {
    state: dependency.state,
    cause,
  });
  return { state: 'cancelled', error };
}
