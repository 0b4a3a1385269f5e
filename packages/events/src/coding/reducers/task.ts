import type { Reducer } from '../reducer.ts';
import { endAs, moveTo, statusBehindPause } from '../task-status.ts';

export const taskCreated: Reducer<'TASK_CREATED'> = (state, { data, timestamp }) => ({
  ...state,
  prompt: data.prompt,
  answers: data.answers,
  priority: data.priority,
  language: data.language,
  files: data.files,
  limits: data.limits,
  createdAt: timestamp,
});

export const taskStarted: Reducer<'TASK_STARTED'> = (state, { data, timestamp }) => {
  const started = {
    ...state,
    language: data.language,
    startedAt: state.startedAt ?? timestamp,
  };
  return statusBehindPause(state) === 'created' ? moveTo(started, 'planning') : started;
};

/** What is complete has nothing open: reports that came before it have been dealt with. */
export const taskComplete: Reducer<'TASK_COMPLETE'> = (state, { data, timestamp }) => ({
  ...endAs(state, 'completed', timestamp),
  result: data,
  openBugReports: [],
});

export const taskFailed: Reducer<'TASK_FAILED'> = (state, { data, timestamp }) => ({
  ...endAs(state, 'failed', timestamp),
  error: { reason: data.reason, message: data.message },
});

export const taskCancelled: Reducer<'TASK_CANCELLED'> = (state, { timestamp }) =>
  endAs(state, 'cancelled', timestamp);

export const deadCodeAnalysis: Reducer<'DEAD_CODE_ANALYSIS'> = (state, { data }) => ({
  ...state,
  deadCode: data,
});
