import { type Event, StateProjection } from '@org/events';
import { causeOf } from './cause.ts';
import { sourceFile, withFiles } from './code-snapshot.ts';
import { evolveIntervention } from './evolve-intervention.ts';
import { evolveModule } from './evolve-module.ts';
import { withPlan } from './evolve-plan.ts';
import { seenByModel } from './seen-by-model.ts';
import { initialWorkflowState, type WorkflowState } from './workflow-state.ts';

/** Folds one event. Pure; an event that makes no sense here changes nothing but the task's anomalies. */
export function evolve(state: WorkflowState, event: Event): WorkflowState {
  return evolveWork({ ...state, task: StateProjection.evolve(state.task, event) }, event);
}

/** The state after these events, in order of sequence. */
export function fold(events: Iterable<Event>): WorkflowState {
  let state = initialWorkflowState;
  for (const event of events) state = evolve(state, event);
  return state;
}

function evolveWork(state: WorkflowState, event: Event): WorkflowState {
  switch (event.eventType) {
    case 'TASK_CREATED':
      return {
        ...state,
        cause: causeOf(event),
        language: event.data.language,
        snapshot: withFiles(state.snapshot, {
          codeVersion: 0,
          files: event.data.files
            .filter((file) => file.kind === 'source')
            .map((file) => sourceFile(file.path, file.content)),
        }),
      };
    case 'TASK_STARTED':
      return { ...state, begun: true, language: event.data.language };
    case 'PLANNING_COMPLETE':
      return evolvePlanning(state, event);
    case 'USER_INTERVENTION':
      return evolveIntervention(state, event);
    case 'BUG_REPORT_RECEIVED':
      return event.data.accepted
        ? {
            ...state,
            bugReports: [
              ...state.bugReports,
              { cause: causeOf(event), module: event.data.module, sequence: event.sequence },
            ],
            // A completed task is reopened; a failed or cancelled one stays as it ended.
            ended: state.ended === 'completed' ? null : state.ended,
          }
        : state;
    case 'TASK_COMPLETE':
      return {
        ...state,
        ended: 'completed',
        paused: false,
        cause: causeOf(event),
        analysed: false,
      };
    case 'TASK_FAILED':
      return { ...state, ended: 'failed', cause: causeOf(event) };
    case 'TASK_CANCELLED':
      return { ...state, ended: 'cancelled', cause: causeOf(event) };
    case 'DEAD_CODE_ANALYSIS':
      return { ...state, analysed: true };
    case 'MODULE_STARTED':
    case 'MODULE_ITERATION':
    case 'MODULE_COMPLETE':
    case 'CODE_GENERATED':
    case 'TEST_STARTED':
    case 'TEST_PASSED':
    case 'TEST_FAILED':
    case 'CORRECTION_STARTED':
    case 'CORRECTION_COMPLETED':
      return evolveModule(state, event);
    default:
      return state;
  }
}

/** A plan, or questions that it waits for. */
function evolvePlanning(
  state: WorkflowState,
  event: Extract<Event, { eventType: 'PLANNING_COMPLETE' }>,
): WorkflowState {
  const { modules, questions, calls } = event.data;
  const asks = modules.length === 0 && questions.length > 0;
  return {
    ...(asks ? { ...state, questions: questions.length } : withPlan(state, modules)),
    ...seenByModel(state, calls),
    cause: causeOf(event),
  };
}
