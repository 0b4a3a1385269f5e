import type { Admission } from '../admission/admission.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';
import type { Slot } from './slot.ts';
import type { Slots } from './slots.ts';

/** Whose slot is taken, and for whom. */
export interface Preemption {
  readonly victim: Slot;
  readonly by: ScheduledTask;
}

/** The next slot to take, if any: one for each of the best waiting tasks that may take one, beyond those on the way. */
export function nextPreemption(slots: Slots, admission: Admission): Preemption | undefined {
  if (!slots.hasPreemptible) return undefined;
  const needed = slots.preempting + 1;
  const by = admission.candidates(needed)[needed - 1];
  const victim = by && slots.victimFor(by.priority);
  return victim && { victim, by };
}
