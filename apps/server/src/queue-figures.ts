import type { QueueFigures } from '@org/api';
import type { TaskOrchestrator } from '@org/orchestrator';
import type { CodingWorkflow } from '@org/workflow';

/** The scheduler's figures and how many coding tasks are unfinished. */
export function queueFigures(
  orchestrator: TaskOrchestrator,
  workflow: CodingWorkflow,
): ReturnType<QueueFigures> {
  const { workers, queuedByPriority, ...figures } = orchestrator.stats();
  return {
    ...figures,
    queuedByPriority: { ...queuedByPriority },
    workers: workers.map(({ id, state, dispatched, restarts }) => ({
      id,
      state,
      dispatched,
      restarts,
    })),
    tasks: { ...workflow.figures() },
  };
}
