import type { Event } from './coding-events.ts';
import type { TaskState } from './task-state.ts';

/** Adds what the event's model calls used, failed ones too; our estimate where the model reported nothing. */
export function withTokens(state: TaskState, event: Event): TaskState {
  if (!('calls' in event.data) || event.data.calls.length === 0) return state;
  let { prompt, completion, calls } = state.tokens;
  for (const { tokens } of event.data.calls) {
    prompt += tokens.prompt ?? tokens.estimated;
    completion += tokens.completion ?? 0;
    calls += 1;
  }
  return { ...state, tokens: { prompt, completion, calls } };
}
