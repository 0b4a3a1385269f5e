import { TaskCancelledError } from '../errors/failures.ts';
import { DuplicateTaskError, QueueFullError, UnknownDependencyError } from '../errors/refusals.ts';
import type { Announcer } from '../observe/announcer.ts';
import type { OrchestratorSettings } from '../options/parse-options.ts';
import { parsePriority, TaskPriority } from '../priority/priority.ts';
import { parseWork } from '../run/parse-work.ts';
import type { Scheduler } from '../run/scheduler.ts';
import { parseSettings, type TaskSettings } from '../task/parse-task.ts';
import { ScheduledTask, type TaskOwner } from '../task/scheduled-task.ts';
import type { Task, TaskHandler } from '../task/task.ts';
import type { Books } from './books.ts';
import type { Endings } from './endings.ts';
import type { Waits } from './waits.ts';

interface IntakeParts {
  readonly settings: OrchestratorSettings;
  readonly scheduler: Scheduler;
  readonly books: Books;
  readonly waits: Waits;
  readonly endings: Endings;
  readonly announcer: Announcer;
  readonly timeOut: (task: ScheduledTask, phase: 'queued' | 'running') => void;
}

/** Whether a submit may wait in line for room. */
export type Patience = 'waits' | 'asks-once';

/** The way of a task from its submit to its place: refused, or queued, in line, blocked, or ended at once. */
export class Intake {
  readonly handlers = new Map<string, TaskHandler>();
  readonly #owner: TaskOwner;
  readonly #parts: IntakeParts;

  constructor(owner: TaskOwner, parts: IntakeParts) {
    this.#owner = owner;
    this.#parts = parts;
  }

  /** @throws what `TaskOrchestrator.submit` throws, but for ShutdownError */
  submit(input: Task, patience: Patience): ScheduledTask {
    const settings = parseSettings(input, this.#parts.settings.taskDefaults);
    const priority =
      input.priority === undefined ? TaskPriority.MEDIUM : parsePriority(input.priority);
    const work = parseWork(input, this.handlers);
    const known = settings.id === undefined ? undefined : this.#known(settings.id);
    if (known !== undefined) {
      if (settings.joinsDuplicate) return known;
      throw new DuplicateTaskError(known.id, known.state);
    }
    const { dependsOn } = settings;
    const dependencies = dependsOn.length === 0 ? noDependencies : this.#dependenciesOf(settings);
    if (dependencies.missing !== undefined) this.#refuseBlocked();
    else if (!this.#parts.scheduler.admission.hasRoom) this.#refuseWaiting(settings, patience);
    const submittedAt = this.#submittedAt(settings);
    const task = new ScheduledTask(this.#owner, { input, settings, work, priority, submittedAt });
    this.#enter(task);
    if (!this.#endedAtOnce(task, dependencies.failed)) this.#place(task, dependencies.missing);
    return task;
  }

  readonly #known = (id: string): ScheduledTask | undefined => this.#parts.books.registry.get(id);

  #dependenciesOf({ id, dependsOn }: TaskSettings): DependenciesFound {
    if (id !== undefined) this.#parts.books.dependencies.refuseCycle(id, dependsOn, this.#known);
    const missing = new Set<string>();
    for (const dependency of dependsOn) {
      const known = this.#known(dependency);
      if (known === undefined && this.#parts.settings.missingDependency === 'reject') {
        throw new UnknownDependencyError(id ?? '', dependency);
      }
      if (known === undefined || !known.settled) missing.add(dependency);
      else if (known.state !== 'completed') return { missing: undefined, failed: known };
    }
    return missing.size === 0 ? noDependencies : { missing, failed: undefined };
  }

  #refuseBlocked(): void {
    const { maxBlocked } = this.#parts.settings;
    if (this.#parts.books.dependencies.size < maxBlocked) return;
    throw new QueueFullError('maxBlocked', maxBlocked);
  }

  #refuseWaiting({ submitTimeoutMs }: TaskSettings, patience: Patience): void {
    const { maxQueueSize, maxWaiting } = this.#parts.settings;
    if (patience === 'asks-once' || submitTimeoutMs === 0) {
      throw new QueueFullError('maxQueueSize', maxQueueSize);
    }
    if (this.#parts.scheduler.admission.line.submitters >= maxWaiting) {
      throw new QueueFullError('maxWaiting', maxWaiting);
    }
  }

  /** The time of this turn is good enough for statistics; a limit that counts from it is exact. */
  #submittedAt({ queueTimeoutMs, submitTimeoutMs }: TaskSettings): number {
    const { settings, scheduler } = this.#parts;
    const isLimited = Math.min(queueTimeoutMs, submitTimeoutMs) !== Number.POSITIVE_INFINITY;
    return isLimited ? settings.clock.now() : scheduler.turn.time;
  }

  #enter(task: ScheduledTask): void {
    const { books, scheduler, announcer } = this.#parts;
    const { id, key, signal } = task.settings;
    books.totals.submitted += 1;
    if (id !== undefined) books.registry.add(id, task);
    if (key !== undefined) scheduler.admission.joinKey(task, key);
    if (signal !== undefined) books.signals.add(signal, task);
    announcer.tell('task.submitted', task);
  }

  #endedAtOnce(task: ScheduledTask, failed: ScheduledTask | undefined): boolean {
    if (task.settled) return true; // A listener of `task.submitted` has cancelled it.
    const { signal, queueTimeoutMs, timeoutMs } = task.settings;
    if (signal?.aborted === true) {
      this.#parts.endings.end(task, 'cancelled', new TaskCancelledError(signal.reason));
    } else if (queueTimeoutMs === 0 || timeoutMs === 0) {
      task.accept();
      this.#parts.timeOut(task, queueTimeoutMs === 0 ? 'queued' : 'running');
    } else if (failed !== undefined) {
      task.accept();
      this.#parts.endings.endWith(task, failed);
    }
    return task.settled;
  }

  /** Into the queue; or in line before it, or among the blocked. */
  #place(task: ScheduledTask, missing: Set<string> | undefined): void {
    const { scheduler, books, waits, announcer } = this.#parts;
    const { queueTimeoutMs, submitTimeoutMs } = task.settings;
    if (missing !== undefined) {
      task.accept();
      task.state = 'blocked';
      waits.limit(task, queueTimeoutMs);
      books.dependencies.block(task, missing);
      announcer.tellMore('task.blocked', task, { dependsOn: [...missing] });
    } else if (scheduler.admission.hasRoom) {
      task.accept();
      waits.limit(task, queueTimeoutMs);
      scheduler.enqueue(task);
    } else {
      waits.limit(task, Math.min(queueTimeoutMs, submitTimeoutMs));
      scheduler.wait(task);
      announcer.tell('task.waiting', task);
    }
  }
}

/** What a task waits for, or which of those has failed. */
interface DependenciesFound {
  readonly missing: Set<string> | undefined;
  readonly failed: ScheduledTask | undefined;
}

const noDependencies: DependenciesFound = { missing: undefined, failed: undefined };
