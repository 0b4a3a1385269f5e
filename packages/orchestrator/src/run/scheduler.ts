import { Admission } from '../admission/admission.ts';
import { isUnrecoverable, TaskPreemptedError } from '../errors/failures.ts';
import type { OrchestratorSettings } from '../options/parse-options.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Deadlines } from '../time/deadlines.ts';
import { callWork } from './call-work.ts';
import { Dispatcher, type Start } from './dispatcher.ts';
import { nextPreemption } from './preemption.ts';
import type { SchedulerOwner } from './scheduler-owner.ts';
import type { Slot, SlotOwner } from './slot.ts';
import { Slots } from './slots.ts';
import { TaskRun } from './task-run.ts';
import { Turn } from './turn.ts';

/**
 * Decides when what runs.
 *
 * 1. Never more than `maxConcurrent` functions run: a slot is held until the function has settled,
 *    whatever became of its task, or until `abandonAfterMs` after it was told to stop.
 * 2. A worker takes a slot first and a task second, and starts it in the same step: nothing ever
 *    waits between queue and slot.
 * 3. What is submitted in one turn of the event loop is dispatched after that turn, best first. Until
 *    then nothing is dispatched at all, so that nothing overtakes it.
 */
export class Scheduler implements SlotOwner {
  readonly admission: Admission;
  readonly slots = new Slots(this);
  readonly abandoned = new Set<TaskRun>();
  readonly dispatcher: Dispatcher;
  readonly turn: Turn;
  readonly #settings: OrchestratorSettings;
  readonly #deadlines: Deadlines;
  readonly #owner: SchedulerOwner;
  maxConcurrent: number;
  #paused = false;
  #dispatching = false;

  constructor(settings: OrchestratorSettings, deadlines: Deadlines, owner: SchedulerOwner) {
    this.#settings = settings;
    this.#deadlines = deadlines;
    this.#owner = owner;
    this.maxConcurrent = settings.maxConcurrent;
    const now = (): number => settings.clock.now();
    this.turn = new Turn(now, () => this.#dispatch());
    this.admission = new Admission({
      ...settings,
      now,
      onAdmitted: (task) => owner.onAdmitted(task),
    });
    this.dispatcher = new Dispatcher({
      settings,
      deadlines,
      admission: this.admission,
      owner,
      start: (task, how) => this.#start(task, how),
      onRestart: () => this.turn.awaitEnd(),
    });
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Puts a task into the queue; there is room, or it needs none. */
  enqueue(task: ScheduledTask): void {
    this.admission.enqueue(task);
    task.state = 'queued';
    this.#owner.onQueued(task);
    this.turn.awaitEnd();
    this.#owner.onChange();
  }

  /** Puts a task in line; a free slot may take it from there, past a queue that waits for its keys. */
  wait(task: ScheduledTask): void {
    this.admission.wait(task);
    this.turn.awaitEnd();
  }

  /** Takes a task out of queue or line. */
  remove(task: ScheduledTask): void {
    if (task.queue === undefined) return;
    this.admission.remove(task);
    this.turn.awaitEnd();
    this.#owner.onChange();
  }

  /** A task between two attempts is gone, and with it the place it kept. */
  unreserve(): void {
    this.admission.unreserve();
    this.admission.admit();
    this.turn.awaitEnd();
    this.#owner.onChange();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.turn.awaitEnd();
  }

  /** Tells the function of a settled task to stop. It has `abandonAfterMs` to do so. */
  onStop(slot: Slot, reason: unknown): void {
    this.slots.setPhase(slot, 'stopping');
    this.#deadlines.set(slot, this.#settings.clock.now() + this.#settings.abandonAfterMs);
    slot.run?.abort(reason);
  }

  onSlotDeadline(slot: Slot): void {
    if (slot.run === undefined) return;
    if (slot.phase === 'stopping') this.#abandon(slot, slot.run);
    else this.#owner.onTimeout(slot.run.task);
  }

  onFulfilled(slot: Slot, value: unknown): void {
    const { run, startedAt } = slot;
    if (run === undefined) return;
    if (this.#leaveSlot(slot, run)) this.#owner.onCompleted(run.task, value, startedAt);
    if (!this.turn.endsLater) this.#dispatch();
  }

  onRejected(slot: Slot, error: unknown): void {
    const { run, phase } = slot;
    if (run === undefined) return;
    if (this.#leaveSlot(slot, run)) {
      if (phase === 'preempting' && !isUnrecoverable(error)) this.#requeue(run.task);
      else this.#owner.onFailed(run.task, error);
    }
    if (!this.turn.endsLater) this.#dispatch();
  }

  /** No timer of this scheduler is left; what still runs is on its own. */
  close(): void {
    this.dispatcher.close();
    for (const slot of this.slots.taken) this.#deadlines.clear(slot);
  }

  #dispatch(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    let started = 0;
    try {
      for (; this.#mayStart() && this.dispatcher.startNext(); started += 1) this.turn.countStart();
      if (this.slots.hasPreemptible && !this.#paused) this.#preempt();
    } finally {
      this.#dispatching = false;
    }
    if (started > 0) this.#owner.onChange();
  }

  #mayStart(): boolean {
    return this.slots.size < this.maxConcurrent && !this.#paused && !this.turn.endsLater;
  }

  #start(task: ScheduledTask, { workerId, startedAt }: Readonly<Start>): void {
    const { timeoutMs } = task.settings;
    task.state = 'running';
    task.attempt += 1;
    const slot = this.slots.take(new TaskRun(task));
    task.slot = slot;
    slot.startedAt = startedAt;
    slot.workerId = workerId;
    if (task.wait !== undefined) this.#deadlines.clear(task.wait);
    if (timeoutMs !== Number.POSITIVE_INFINITY) this.#deadlines.set(slot, startedAt + timeoutMs);
    this.#owner.onStarted(task, slot);
    // A listener may have cancelled it.
    if (task.settled) slot.onFulfilled(undefined);
    else callWork(slot, task);
  }

  /** The function has settled. False if its task had settled before. */
  #leaveSlot(slot: Slot, run: TaskRun): boolean {
    const { task } = run;
    run.end();
    if (slot.phase === 'abandoned') {
      this.abandoned.delete(run);
      return false;
    }
    this.slots.free(slot);
    this.#deadlines.suspend(slot);
    task.slot = undefined;
    if (task.keySlots !== undefined) this.admission.releaseKey(task.keySlots);
    if (task.settled) this.#owner.onStopped(task);
    return !task.settled;
  }

  #abandon(slot: Slot, run: TaskRun): void {
    const { task } = run;
    this.slots.abandon(slot);
    this.abandoned.add(run);
    task.slot = undefined;
    if (task.keySlots !== undefined) this.admission.releaseKey(task.keySlots);
    this.#owner.onAbandoned(task);
    if (!this.turn.endsLater) this.#dispatch();
  }

  #requeue(task: ScheduledTask): void {
    task.attempt -= 1;
    task.state = 'queued';
    this.admission.queued.unshift(task);
    this.#owner.onQueued(task);
  }

  #preempt(): void {
    while (this.slots.size >= this.maxConcurrent) {
      const preemption = nextPreemption(this.slots, this.admission);
      if (preemption === undefined) return;
      const { victim, by } = preemption;
      this.slots.setPhase(victim, 'preempting');
      if (victim.run === undefined) return;
      this.#owner.onPreempting(victim.run.task, by);
      victim.run.abort(new TaskPreemptedError());
    }
  }
}
