import { withPlan } from '../plan.ts';
import type { Reducer } from '../reducer.ts';
import { moveTo } from '../task-status.ts';

/** With modules the task runs; with questions alone it waits for answers. */
export const planningComplete: Reducer<'PLANNING_COMPLETE'> = (state, { data }) => {
  const asked = { ...state, questions: data.questions };
  if (data.modules.length > 0) return moveTo(withPlan(asked, data.modules), 'running');
  return data.questions.length > 0 ? moveTo(asked, 'waiting') : asked;
};
