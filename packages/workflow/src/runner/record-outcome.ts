import { decide, decideUnpaused } from '../decide/decide.ts';
import type { DueDecision } from '../decide/decision.ts';
import { stepEventId } from '../decide/step-id.ts';
import type { Outcome } from '../steps/step-context.ts';
import type { RunningTask } from './running-task.ts';
import { appendFault } from './task-log.ts';

/** What a step begins with: under the same ids in every execution. */
export async function recordBegin(
  task: RunningTask,
  decision: DueDecision,
  events: Outcome,
): Promise<void> {
  if (events.length === 0) return;
  await append(task, events, {
    causationId: decision.cause.eventId,
    eventId: (index) => stepEventId(decision.id, `begin ${index}`),
  });
}

/** Appends what came of a decision, if the log still asks for it; else the outcome is discarded. */
export async function recordOutcome(
  task: RunningTask,
  decision: DueDecision,
  events: Outcome,
): Promise<void> {
  while (events.length > 0) {
    await task.store.run(() => task.log.refresh());
    if (!isWanted(task, decision)) return;
    const beginIds = new Set([0, 1, 2].map((n) => stepEventId(decision.id, `begin ${n}`)));
    const begun = task.log.events.findLast((event) => beginIds.has(event.eventId));
    try {
      await append(task, events, {
        causationId: begun?.eventId ?? decision.cause.eventId,
        eventId: (index) => stepEventId(decision.id, `outcome ${index}`),
      });
      return;
    } catch (error) {
      const fault = appendFault(error);
      if (fault === 'conflict') continue;
      if (fault === 'stored-before') return;
      throw error;
    }
  }
}

async function append(
  task: RunningTask,
  events: Outcome,
  ids: { readonly causationId: string; readonly eventId: (index: number) => string },
): Promise<void> {
  const stored = await task.store.run(() => task.log.append(events, ids));
  task.options.onAppended(stored.events);
}

/** A pause holds what follows from the log alone, but not the outcome of a step that ran. */
function isWanted(task: RunningTask, decision: DueDecision): boolean {
  const ask = decision.do === 'step' ? decideUnpaused : decide;
  const now = ask(task.log.state, task.options.decide());
  return (now.do === 'step' || now.do === 'record') && now.id === decision.id;
}
