import { preemptionDistance } from '../priority/priority.ts';
import { Slot, type SlotOwner } from './slot.ts';
import type { TaskRun } from './task-run.ts';

/** The slots that are taken, and those that were and can be again. */
export class Slots {
  readonly #owner: SlotOwner;
  readonly #taken: Slot[] = [];
  readonly #free: Slot[] = [];
  #preemptible = 0;
  #preempting = 0;
  #started = 0;

  constructor(owner: SlotOwner) {
    this.#owner = owner;
  }

  get size(): number {
    return this.#taken.length;
  }

  get taken(): readonly Slot[] {
    return this.#taken;
  }

  /** Whether there is any that could be taken from its task; keeps the question cheap where nothing is preemptible. */
  get hasPreemptible(): boolean {
    return this.#preemptible > 0;
  }

  /** Slots that have been taken from their task, but are not free yet. */
  get preempting(): number {
    return this.#preempting;
  }

  take(run: TaskRun): Slot {
    const slot = this.#free.pop() ?? new Slot(this.#owner);
    slot.run = run;
    slot.phase = 'active';
    slot.index = this.#taken.push(slot) - 1;
    this.#started += 1;
    slot.serial = this.#started;
    slot.preemptible = run.task.settings.preemptible;
    if (slot.preemptible) this.#preemptible += 1;
    return slot;
  }

  /** The slot's function has settled. */
  free(slot: Slot): void {
    this.#remove(slot);
    slot.phase = 'free';
    slot.run = undefined;
    this.#free.push(slot);
  }

  /** The slot's function goes on, in no slot. */
  abandon(slot: Slot): void {
    this.#remove(slot);
    slot.phase = 'abandoned';
  }

  setPhase(slot: Slot, phase: 'preempting' | 'stopping'): void {
    this.#tally(slot, -1);
    slot.phase = phase;
    this.#tally(slot, 1);
  }

  /**
   * The slot that a task of this priority may take: that of the least urgent preemptible task, of
   * several the one that started last, because it loses least.
   */
  victimFor(priority: number): Slot | undefined {
    let victim: Slot | undefined;
    let least = priority + preemptionDistance;
    for (const slot of this.#taken) {
      if (!slot.preemptible || slot.phase !== 'active') continue;
      const running = slot.run?.priority ?? 0;
      const later = victim === undefined || slot.serial > victim.serial;
      if (running > least || (running === least && later)) {
        victim = slot;
        least = running;
      }
    }
    return victim;
  }

  #remove(slot: Slot): void {
    this.#tally(slot, -1);
    const last = this.#taken.pop();
    if (last === undefined || last === slot) return;
    this.#taken[slot.index] = last;
    last.index = slot.index;
  }

  #tally(slot: Slot, change: 1 | -1): void {
    if (slot.phase === 'preempting') this.#preempting += change;
    else if (slot.phase === 'active' && slot.preemptible) this.#preemptible += change;
  }
}
