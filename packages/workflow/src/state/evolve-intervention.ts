import type { Event } from '@org/events';
import { causeOf } from './cause.ts';
import { withPlan } from './evolve-plan.ts';
import type { WorkflowState } from './workflow-state.ts';

/** Folds what a user says of a running task. */
export function evolveIntervention(
  before: WorkflowState,
  event: Extract<Event, { eventType: 'USER_INTERVENTION' }>,
): WorkflowState {
  const state = { ...before, intervenedAt: event.sequence };
  // Of what older logs hold behind an end only guidance counts: a bug report brings it to the model.
  if (state.ended !== null && event.data.kind !== 'guidance') return state;
  switch (event.data.kind) {
    case 'guidance':
      return {
        ...state,
        guidance: [
          ...state.guidance,
          { cause: causeOf(event), module: null, sequence: event.sequence },
        ],
      };
    case 'answer': {
      // The task's own fold has closed what was answered; the last answer has it planned again.
      const questions = state.task.questions.length;
      if (state.questions === 0) return state;
      return questions > 0
        ? { ...state, questions }
        : { ...state, questions, cause: causeOf(event) };
    }
    case 'plan':
      return event.data.plan === null
        ? state
        : { ...withPlan(state, event.data.plan), cause: causeOf(event) };
    case 'pause':
      return { ...state, paused: true };
    case 'resume':
      return { ...state, paused: false };
    case 'cancel':
      return { ...state, cancelRequested: state.cancelRequested ?? causeOf(event) };
    default:
      return state;
  }
}
