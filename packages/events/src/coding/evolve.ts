import type { AnyEvent } from '../event.ts';
import { decodeEvent } from '../payload.ts';
import { withAnomaly } from './anomaly.ts';
import { codingEvents, type Event, type EventType } from './coding-events.ts';
import { addEventId, hasEventId } from './event-ids.ts';
import { withTokens } from './model-tokens.ts';
import type { Reducer } from './reducer.ts';
import { bugReportReceived } from './reducers/bug-report.ts';
import { codeGenerated } from './reducers/code.ts';
import { correctionCompleted, correctionStarted } from './reducers/correction.ts';
import { userIntervention } from './reducers/intervention.ts';
import { moduleComplete, moduleIteration, moduleStarted } from './reducers/module.ts';
import { planningComplete } from './reducers/planning.ts';
import {
  deadCodeAnalysis,
  taskCancelled,
  taskComplete,
  taskCreated,
  taskFailed,
  taskStarted,
} from './reducers/task.ts';
import { testFailed, testPassed, testStarted } from './reducers/tests.ts';
import { isStale } from './staleness.ts';
import type { TaskState } from './task-state.ts';
import { hasEnded } from './task-status.ts';

const reducers: { readonly [Type in EventType]: Reducer<Type> } = {
  TASK_CREATED: taskCreated,
  TASK_STARTED: taskStarted,
  PLANNING_COMPLETE: planningComplete,
  MODULE_STARTED: moduleStarted,
  MODULE_ITERATION: moduleIteration,
  MODULE_COMPLETE: moduleComplete,
  CODE_GENERATED: codeGenerated,
  TEST_STARTED: testStarted,
  TEST_PASSED: testPassed,
  TEST_FAILED: testFailed,
  CORRECTION_STARTED: correctionStarted,
  CORRECTION_COMPLETED: correctionCompleted,
  BUG_REPORT_RECEIVED: bugReportReceived,
  USER_INTERVENTION: userIntervention,
  DEAD_CODE_ANALYSIS: deadCodeAnalysis,
  TASK_COMPLETE: taskComplete,
  TASK_FAILED: taskFailed,
  TASK_CANCELLED: taskCancelled,
};

/** After the end only these may follow. */
const allowedAfterTheEnd: ReadonlySet<EventType> = new Set([
  'DEAD_CODE_ANALYSIS',
  'USER_INTERVENTION',
  'BUG_REPORT_RECEIVED',
]);

/**
 * Folds one event into a coding task's state. Pure, and never throws: what makes no sense becomes an anomaly.
 *
 * Costs about the same for every event, however many came before.
 */
export function evolve(before: TaskState, stored: AnyEvent): TaskState {
  const state = withPosition(before, stored);
  const decoded = decodeEvent(codingEvents, stored);
  switch (decoded.kind) {
    case 'unknown-type':
      return withAnomaly(state, stored, {
        kind: 'unknown-type',
        message: `Unknown event type ${JSON.stringify(stored.eventType)}`,
      });
    case 'invalid-payload':
      return withAnomaly(state, stored, {
        kind: 'invalid-payload',
        message: decoded.error.message,
      });
    case 'known':
      return evolveKnown(state, decoded.event);
  }
}

function evolveKnown(state: TaskState, event: Event): TaskState {
  // Tokens are spent whatever becomes of the answer.
  const counted = withTokens(state, event);
  if (hasEnded(state) && !allowedAfterTheEnd.has(event.eventType)) {
    return withAnomaly(counted, event, {
      kind: 'after-the-end',
      message: `${event.eventType} after the task was ${state.status}`,
    });
  }
  if (isStale(state, event)) return { ...counted, staleEvents: state.staleEvents + 1 };
  return reduce(counted, event);
}

function reduce<Type extends EventType>(
  state: TaskState,
  event: Event & { readonly eventType: Type },
): TaskState {
  // The table pairs each type with its own reducer; TypeScript cannot follow a union through it.
  const reducer = reducers[event.eventType] as (state: TaskState, event: Event) => TaskState;
  return reducer(state, event);
}

/** Where the fold now stands, and whether the event's cause has been seen. */
function withPosition(before: TaskState, event: AnyEvent): TaskState {
  // A fold that starts in the middle, or skips events, cannot tell which causes are missing.
  const complete = before.eventIds.complete && event.version <= before.version + 1;
  const known =
    complete === before.eventIds.complete ? before.eventIds : { ...before.eventIds, complete };
  const state: TaskState = {
    ...before,
    taskId: before.taskId ?? event.taskId,
    version: Math.max(before.version, event.version),
    sequence: Math.max(before.sequence, event.sequence),
    eventIds: addEventId(known, event.eventId),
  };
  const { causationId } = event;
  if (causationId === null || !complete || hasEventId(known, causationId)) return state;
  return withAnomaly(state, event, {
    kind: 'broken-causation',
    message: `Caused by ${causationId}, which is not among the events before it`,
  });
}
