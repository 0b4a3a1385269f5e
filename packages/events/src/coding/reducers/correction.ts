import { withAnomaly } from '../anomaly.ts';
import { moduleOf, withModule } from '../module-state.ts';
import type { EventOfType, Reducer } from '../reducer.ts';
import type { OpenBugReport, TaskState } from '../task-state.ts';
import { withCodeVersion } from './code.ts';

export const correctionStarted: Reducer<'CORRECTION_STARTED'> = (state, { data, sequence }) =>
  withModule(state, data.module, (module) => ({
    ...module,
    status: 'correcting',
    correction: { reason: data.reason, fromVersion: data.fromVersion, sequence },
  }));

/** Brings the version as CODE_GENERATED does: either alone suffices. Closes the reports it answers. */
export const correctionCompleted: Reducer<'CORRECTION_COMPLETED'> = (state, event) => {
  const { module: name } = event.data;
  const corrected = withModule(withCodeVersion(state, event), name, (module) => ({
    ...module,
    status: 'running',
    codeVersion: event.codeVersion,
    codeHash: event.codeHash,
    codeClock: event.vectorClock,
    correction: null,
  }));
  const openBugReports = state.openBugReports.filter((report) => !answers(state, event, report));
  const closed = { ...corrected, openBugReports };
  if (moduleOf(state, name)?.correction) return closed;
  return withAnomaly(closed, event, {
    kind: 'correction-without-start',
    message: `CORRECTION_COMPLETED of ${name} without a CORRECTION_STARTED`,
  });
};

/**
 * A correction answers the reports of its module that stood when it was started. One without a
 * module goes to whatever correction was started because of a bug report.
 */
function answers(
  state: TaskState,
  event: EventOfType<'CORRECTION_COMPLETED'>,
  report: OpenBugReport,
): boolean {
  const correction = moduleOf(state, event.data.module)?.correction;
  if (report.sequence > (correction?.sequence ?? event.sequence)) return false;
  if (report.module === null) return correction?.reason === 'bug-report';
  return report.module === event.data.module;
}
