import type { TaskQueue } from '../queue/task-queue.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';

/** How a waiting task rises with time; levels are priorities. */
export interface Ageing {
  readonly everyMs: number;
  readonly upTo: number;
}

/** Lets the members of a queue rise by one named level for each `everyMs` that they have waited. */
export function lift(queue: TaskQueue<ScheduledTask>, ageing: Ageing, now: number): void {
  for (const head of [...queue.heads()]) {
    let task: ScheduledTask | undefined = head;
    while (task !== undefined && task.level > ageing.upTo) {
      const since: number = task.agedAt ?? task.queuedAt;
      const steps = Math.floor((now - since) / ageing.everyMs);
      if (steps === 0) break;
      const next: ScheduledTask | undefined = queue.after(task);
      queue.remove(task);
      task.level = Math.max(ageing.upTo, task.level - 10 * steps);
      task.agedAt = since + steps * ageing.everyMs;
      queue.insert(task);
      task = next;
    }
  }
}
