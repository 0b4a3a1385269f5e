/**
 * What the orchestrator must do, in the plainest terms: lists that are searched from end to end, a
 * clock that counts, no timers and no promises. Ids are numbers.
 */

export interface ModelSpec {
  readonly priority: number;
  readonly key: string | undefined;
  readonly dependsOn: readonly number[];
  readonly timeoutMs: number;
  readonly queueTimeoutMs: number;
  readonly submitTimeoutMs: number;
  readonly attempts: number;
  readonly retryDelayMs: number;
  readonly preemptible: boolean;
  /** Whether its function goes on when it is aborted. */
  readonly stubborn: boolean;
}

export interface ModelLimits {
  readonly maxQueueSize: number;
  readonly abandonAfterMs: number;
  readonly keyLimit: number;
}

interface ModelRun {
  readonly task: ModelTask;
  phase: 'active' | 'preempting' | 'stopping' | 'abandoned';
}

export interface ModelTask {
  readonly id: number;
  readonly spec: ModelSpec;
  readonly submittedAt: number;
  priority: number;
  order: number;
  state: string;
  /** Released by its dependencies, but there is no room yet. */
  inLine: boolean;
  attempt: number;
  /** Was preempted, and has not started again. */
  lostSlot: boolean;
  run: ModelRun | undefined;
}

interface Timer {
  readonly at: number;
  readonly serial: number;
  readonly owner: ModelTask | ModelRun;
  readonly fire: () => void;
}

export class ReferenceScheduler {
  readonly tasks: ModelTask[] = [];
  readonly starts: number[] = [];
  /** Functions that have been called and have not returned, in the order of their calls. */
  active: ModelRun[] = [];
  preempted = 0;
  abandoned = 0;
  retried = 0;
  now = 0;
  paused = false;
  maxConcurrent: number;
  readonly #limits: ModelLimits;
  #timers: Timer[] = [];
  #returns: { readonly run: ModelRun; readonly ok: boolean }[] = [];
  #turnScheduled = false;
  #serial = 0;
  #frontOrder = 0;

  constructor(maxConcurrent: number, limits: ModelLimits) {
    this.maxConcurrent = maxConcurrent;
    this.#limits = limits;
  }

  in(state: string): ModelTask[] {
    return this.tasks.filter((task) => task.state === state);
  }

  get running(): ModelRun[] {
    return this.active.filter(({ phase }) => phase !== 'abandoned');
  }

  get line(): ModelTask[] {
    return this.tasks.filter(({ inLine }) => inLine);
  }

  get size(): number {
    return this.in('queued').length + this.in('retrying').length;
  }

  get hasRoom(): boolean {
    return this.size < this.#limits.maxQueueSize;
  }

  /** Those in line that may start past the queue: none while retries take more than its bound. */
  get startableLine(): ModelTask[] {
    const preempted = this.in('queued').filter(({ lostSlot }) => lostSlot).length;
    return this.size - preempted > this.#limits.maxQueueSize ? [] : this.line;
  }

  submit(spec: ModelSpec): void {
    const { priority } = spec;
    const task: ModelTask = {
      id: this.tasks.length,
      spec,
      submittedAt: this.now,
      priority,
      order: 0,
      state: 'new',
      inLine: false,
      attempt: 0,
      lostSlot: false,
      run: undefined,
    };
    this.tasks.push(task);
    const dependencies = spec.dependsOn.map((id) => this.tasks[id]?.state);
    if (spec.queueTimeoutMs === 0 || spec.timeoutMs === 0) {
      this.#settle(task, 'timed-out');
    } else if (dependencies.some((state) => isSettled(state) && state !== 'completed')) {
      this.#settle(task, 'cancelled');
    } else {
      this.#setTimer(task, this.now + spec.queueTimeoutMs, () => this.#end(task, 'timed-out'));
      if (dependencies.some((state) => state !== 'completed')) task.state = 'blocked';
      else if (this.hasRoom) this.#enqueue(task);
      else this.#waitForRoom(task);
    }
  }

  cancel(id: number): void {
    const task = this.tasks[id];
    if (task !== undefined && !isSettled(task.state)) this.#end(task, 'cancelled');
  }

  setPriority(id: number, priority: number): void {
    const task = this.tasks[id];
    if (task === undefined || isSettled(task.state)) return;
    task.priority = priority;
    if (task.state === 'queued' || task.inLine) task.order = this.#next();
    this.#turnScheduled = true;
  }

  setPaused(paused: boolean): void {
    if (this.paused && !paused) this.#turnScheduled = true;
    this.paused = paused;
  }

  setConcurrency(maxConcurrent: number): void {
    this.maxConcurrent = maxConcurrent;
    this.#turnScheduled = true;
  }

  /** The function of an active run returns, or throws. */
  return(run: ModelRun, ok: boolean): void {
    this.#returns.push({ run, ok });
  }

  /** Lets everything happen that happens without time passing. */
  settleTurn(): void {
    while (this.#returns.length > 0 || this.#turnScheduled) {
      const next = this.#returns.shift();
      if (next !== undefined) {
        this.#onReturned(next.run, next.ok);
        if (!this.#turnScheduled) this.#dispatch();
      } else {
        this.#turnScheduled = false;
        this.#dispatch();
      }
    }
  }

  /** One millisecond passes. */
  tick(): void {
    this.now += 1;
    for (;;) {
      const due = this.#timers
        .filter(({ at }) => at <= this.now)
        .sort((one, other) => one.at - other.at || one.serial - other.serial)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.fire();
    }
    this.settleTurn();
  }

  #enqueue(task: ModelTask): void {
    task.state = 'queued';
    task.order = this.#next();
    this.#turnScheduled = true;
  }

  #waitForRoom(task: ModelTask): void {
    const { submittedAt, spec } = task;
    task.inLine = true;
    task.order = this.#next();
    this.#turnScheduled = true;
    if (task.state === 'blocked') return; // Accepted before: it cannot be refused any more.
    task.state = 'waiting';
    const first = Math.min(spec.submitTimeoutMs, spec.queueTimeoutMs);
    const outcome = spec.submitTimeoutMs < spec.queueTimeoutMs ? 'cancelled' : 'timed-out';
    this.#setTimer(task, submittedAt + first, () => this.#end(task, outcome));
  }

  #admit(): void {
    while (this.hasRoom) {
      const first = this.#sorted(this.line)[0];
      if (first === undefined) return;
      this.#leaveLine(first);
      first.state = 'queued';
      first.order = this.#next();
    }
  }

  #leaveLine(task: ModelTask): void {
    task.inLine = false;
    if (task.state !== 'waiting') return;
    const limit = task.submittedAt + task.spec.queueTimeoutMs;
    this.#setTimer(task, limit, () => this.#end(task, 'timed-out'));
  }

  #dispatch(): void {
    while (this.running.length < this.maxConcurrent && !this.paused && !this.#turnScheduled) {
      const queued = this.#sorted(this.in('queued')).find((task) => this.#isKeyFree(task));
      const inLine = this.#sorted(this.startableLine).find((task) => this.#isKeyFree(task));
      const first =
        inLine !== undefined && (queued === undefined || inLine.priority < queued.priority)
          ? inLine
          : queued;
      if (first === undefined) break;
      if (first.inLine) this.#leaveLine(first);
      this.#start(first);
      this.#admit();
    }
    if (!this.paused) this.#preempt();
  }

  #start(task: ModelTask): void {
    const run: ModelRun = { task, phase: 'active' };
    task.state = 'running';
    task.lostSlot = false;
    task.attempt += 1;
    task.run = run;
    this.active.push(run);
    this.starts.push(task.id);
    this.#clearTimer(task);
    this.#setTimer(run, this.now + task.spec.timeoutMs, () => this.#end(task, 'timed-out'));
  }

  #preempt(): void {
    for (;;) {
      if (this.running.length < this.maxConcurrent) return;
      const held = new Map<string, number>();
      const startable = this.#sorted([...this.in('queued'), ...this.startableLine]).filter(
        ({ spec }) => {
          if (spec.key === undefined) return true;
          const running = held.get(spec.key) ?? this.#runningOf(spec.key);
          held.set(spec.key, running + 1);
          return running < this.#limits.keyLimit;
        },
      );
      const onTheWay = this.running.filter(({ phase }) => phase === 'preempting').length;
      const candidate = startable[onTheWay];
      const victim = this.running
        .filter(({ phase, task }) => phase === 'active' && task.spec.preemptible)
        .reverse() // Latest first, and the sort is stable.
        .sort((one, other) => other.task.priority - one.task.priority)[0];
      if (candidate === undefined || victim === undefined) return;
      if (victim.task.priority - candidate.priority < 20) return;
      victim.phase = 'preempting';
      this.preempted += 1;
      if (!victim.task.spec.stubborn) this.return(victim, false);
    }
  }

  #onReturned(run: ModelRun, ok: boolean): void {
    this.active = this.active.filter((other) => other !== run);
    this.#clearTimer(run);
    const { task, phase } = run;
    if (phase !== 'abandoned') task.run = undefined;
    if (isSettled(task.state) || phase === 'abandoned') return;
    if (ok) {
      this.#settle(task, 'completed');
    } else if (phase === 'preempting') {
      task.attempt -= 1;
      task.lostSlot = true;
      task.state = 'queued';
      this.#frontOrder -= 1;
      task.order = this.#frontOrder;
    } else if (task.attempt < task.spec.attempts) {
      this.retried += 1;
      task.state = 'retrying';
      this.#setTimer(task, this.now + task.spec.retryDelayMs, () => this.#enqueue(task));
    } else {
      this.#settle(task, 'failed');
    }
  }

  /** Ends a task for a reason that is not its own. */
  #end(task: ModelTask, state: 'cancelled' | 'timed-out'): void {
    const hadRoom = task.state === 'queued' || task.state === 'retrying';
    if (hadRoom || task.inLine) this.#turnScheduled = true;
    const { run } = task;
    task.state = 'ending';
    task.inLine = false;
    if (hadRoom) this.#admit();
    this.#settle(task, state);
    if (run === undefined) return;
    run.phase = 'stopping';
    this.#setTimer(run, this.now + this.#limits.abandonAfterMs, () => {
      run.phase = 'abandoned';
      task.run = undefined;
      this.abandoned += 1;
      if (!this.#turnScheduled) this.#dispatch();
    });
    if (!task.spec.stubborn && !this.#returns.some((returned) => returned.run === run)) {
      this.return(run, false);
    }
  }

  #settle(task: ModelTask, state: string): void {
    task.state = state;
    this.#clearTimer(task);
    const dependents = this.in('blocked').filter(
      ({ inLine, spec }) => !inLine && spec.dependsOn.includes(task.id),
    );
    for (const dependent of dependents) {
      if (state !== 'completed') {
        if (!isSettled(dependent.state)) this.#end(dependent, 'cancelled');
      } else if (dependent.spec.dependsOn.every((id) => this.tasks[id]?.state === 'completed')) {
        if (this.hasRoom) this.#enqueue(dependent);
        else this.#waitForRoom(dependent);
      }
    }
  }

  #isKeyFree({ spec }: ModelTask): boolean {
    return spec.key === undefined || this.#runningOf(spec.key) < this.#limits.keyLimit;
  }

  #runningOf(key: string): number {
    return this.running.filter(({ task }) => task.spec.key === key).length;
  }

  /** By priority; the queue before the line; by order. */
  #sorted(tasks: readonly ModelTask[]): ModelTask[] {
    return [...tasks].sort(
      (one, other) =>
        one.priority - other.priority ||
        Number(one.inLine) - Number(other.inLine) ||
        one.order - other.order,
    );
  }

  #setTimer(owner: ModelTask | ModelRun, at: number, fire: () => void): void {
    this.#clearTimer(owner);
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timers.push({ at, serial: this.#next(), owner, fire });
  }

  #clearTimer(owner: ModelTask | ModelRun): void {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
  }

  #next(): number {
    this.#serial += 1;
    return this.#serial;
  }
}

export function isSettled(state: string | undefined): boolean {
  return (
    state === 'completed' || state === 'failed' || state === 'timed-out' || state === 'cancelled'
  );
}
