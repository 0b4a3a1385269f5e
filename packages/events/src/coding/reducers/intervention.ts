import { withPlan } from '../plan.ts';
import type { EventOfType, Reducer } from '../reducer.ts';
import type { TaskState } from '../task-state.ts';
import { hasEnded, moveTo, pause, resume, statusBehindPause } from '../task-status.ts';

/** So many are kept in full, the newest; all of them stand in the log. */
const interventionsKept = 1_000;

/** Every intervention is kept; what it does follows from its kind, and nothing once the task has ended. */
export const userIntervention: Reducer<'USER_INTERVENTION'> = (state, event) => {
  const recorded = withIntervention(state, event);
  if (hasEnded(state)) return recorded;
  switch (event.data.kind) {
    case 'guidance':
      return recorded;
    case 'answer':
      return answered(recorded, event);
    case 'plan':
      return replanned(recorded, event);
    case 'pause':
      return pause(recorded);
    case 'resume':
      return resume(recorded);
    case 'cancel':
      return { ...recorded, cancelRequested: true };
  }
};

function withIntervention(
  state: TaskState,
  { eventId, sequence, data }: EventOfType<'USER_INTERVENTION'>,
): TaskState {
  const { kind, text, questionId } = data;
  const intervention = { eventId, sequence, kind, text, questionId };
  const before =
    state.interventions.length < interventionsKept
      ? state.interventions
      : state.interventions.slice(1 - interventionsKept);
  return {
    ...state,
    interventions: [...before, intervention],
    interventionCount: state.interventionCount + 1,
  };
}

/** Closes the question it names, or all of them; with none left a waiting task plans again. */
function answered(
  state: TaskState,
  { data: { questionId, text } }: EventOfType<'USER_INTERVENTION'>,
): TaskState {
  const next = {
    ...state,
    answers: text === null ? state.answers : [...state.answers, text],
    questions:
      questionId === null
        ? []
        : state.questions.filter((question) => question.questionId !== questionId),
  };
  const isAnswered = next.questions.length === 0;
  return isAnswered && statusBehindPause(state) === 'waiting' ? moveTo(next, 'planning') : next;
}

function replanned(
  state: TaskState,
  { data: { plan } }: EventOfType<'USER_INTERVENTION'>,
): TaskState {
  if (plan === null) return state;
  const next = withPlan({ ...state, questions: [] }, plan);
  const status = statusBehindPause(state);
  return plan.length > 0 && (status === 'waiting' || status === 'planning')
    ? moveTo(next, 'running')
    : next;
}
