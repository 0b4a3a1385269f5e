import type { TaskState, TaskStatus } from './task-state.ts';

type ActiveStatus = Exclude<TaskStatus, 'paused'>;

/** The task's status behind a pause. */
export function statusBehindPause(state: TaskState): ActiveStatus {
  return state.status === 'paused' ? (state.pausedFrom ?? 'created') : state.status;
}

/** Moves the work on: a paused task stays paused and resumes there. */
export function moveTo(state: TaskState, status: ActiveStatus): TaskState {
  return state.status === 'paused' ? { ...state, pausedFrom: status } : { ...state, status };
}

/** Completed, failed or cancelled. */
export function hasEnded(state: TaskState): boolean {
  return state.status === 'completed' || state.status === 'failed' || state.status === 'cancelled';
}

/** Ends the task, paused or not. */
export function endAs(
  state: TaskState,
  status: 'completed' | 'failed' | 'cancelled',
  endedAt: string,
): TaskState {
  return { ...state, status, pausedFrom: null, endedAt };
}

export function pause(state: TaskState): TaskState {
  if (hasEnded(state) || state.status === 'paused') return state;
  return { ...state, status: 'paused', pausedFrom: state.status };
}

export function resume(state: TaskState): TaskState {
  if (state.status !== 'paused') return state;
  return { ...state, status: statusBehindPause(state), pausedFrom: null };
}
