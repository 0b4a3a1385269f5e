import type { ModelCall } from '@org/events';
import type { WorkflowState } from './workflow-state.ts';

/** What stood in the log when a model was asked has been seen; guidance among it is no longer pending. */
export function seenByModel(
  state: WorkflowState,
  calls: readonly Pick<ModelCall, 'prompt'>[],
): Pick<WorkflowState, 'seenUpTo' | 'guidance'> {
  const seenUpTo = Math.max(state.seenUpTo, ...calls.map((call) => call.prompt.asOfSequence));
  return { seenUpTo, guidance: state.guidance.filter((request) => request.sequence > seenUpTo) };
}
