import type { NewEvent } from '@org/events';
import type { BugReportCheck } from './check-request.ts';
import type { BugReportOutcome, BugReportRequest } from './coding-task-request.ts';

type EventOf<Type extends NewEvent['eventType']> = Extract<NewEvent, { eventType: Type }>;
/** What a user says of a task, to be stored. */
export type UserEvent = Pick<
  EventOf<'USER_INTERVENTION' | 'BUG_REPORT_RECEIVED'>,
  'eventType' | 'data'
>;

export function intervention(data: EventOf<'USER_INTERVENTION'>['data']): UserEvent {
  return { eventType: 'USER_INTERVENTION', data };
}

/** A wish to end the task. */
export function cancelIntent(reason: string | null): UserEvent {
  return intervention({ kind: 'cancel', text: reason, questionId: null, plan: null });
}

export function bugReport(report: BugReportRequest, check: BugReportCheck): UserEvent {
  const { description, module, codeVersion, codeHash, vectorClock } = report;
  return {
    eventType: 'BUG_REPORT_RECEIVED',
    data: {
      description,
      module,
      against: { codeVersion, codeHash, vectorClock: vectorClock && { ...vectorClock } },
      accepted: check.accepted,
      reason: check.reason,
    },
  };
}

/** What the reporter is told of a report that is stored. */
export function bugReportOutcome(
  check: BugReportCheck,
  stored: { readonly version: number; readonly eventId: string },
): BugReportOutcome {
  const { version, eventId } = stored;
  if (check.accepted) return { accepted: true, version, eventId };
  const { reason, supersededBy } = check;
  return { accepted: false, version, eventId, reason, supersededBy };
}
