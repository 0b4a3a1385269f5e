import type { SettledTaskState } from '../task/task.ts';

/** What has happened to tasks since the orchestrator was made. */
export class Totals {
  submitted = 0;
  completed = 0;
  failed = 0;
  timedOut = 0;
  cancelled = 0;
  preempted = 0;
  retried = 0;
  abandoned = 0;

  /** Tasks that have not settled. */
  get unfinished(): number {
    return this.submitted - this.completed - this.failed - this.timedOut - this.cancelled;
  }

  /** The totals of this moment. */
  snapshot() {
    const { submitted, completed, failed, timedOut } = this;
    const { cancelled, preempted, retried, abandoned } = this;
    return { submitted, completed, failed, timedOut, cancelled, preempted, retried, abandoned };
  }

  countEnd(state: SettledTaskState): void {
    if (state === 'completed') this.completed += 1;
    else if (state === 'failed') this.failed += 1;
    else if (state === 'cancelled') this.cancelled += 1;
    else this.timedOut += 1;
  }
}
