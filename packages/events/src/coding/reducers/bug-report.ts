import type { Reducer } from '../reducer.ts';

/** An accepted report is open until a correction answers it, and reopens a completed task. */
export const bugReportReceived: Reducer<'BUG_REPORT_RECEIVED'> = (state, event) => {
  const { accepted, module, description } = event.data;
  if (!accepted) return state;
  const report = { eventId: event.eventId, sequence: event.sequence, module, description };
  const opened = { ...state, openBugReports: [...state.openBugReports, report] };
  if (state.status !== 'completed') return opened;
  return { ...opened, status: 'running', result: null, endedAt: null };
};
