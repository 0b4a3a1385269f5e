import type { Event } from './coding-events.ts';
import { moduleOf } from './module-state.ts';
import type { TaskState } from './task-state.ts';

/**
 * Whether an event speaks of code older than the latest version of its own module, or without a
 * module of the task.
 *
 * What a user asks for and what moves the task itself (created, planned, ended) speaks of no code
 * version, whatever its envelope says.
 */
export function isStale(state: TaskState, event: Event): boolean {
  switch (event.eventType) {
    case 'CODE_GENERATED':
    case 'TEST_STARTED':
    case 'TEST_PASSED':
    case 'TEST_FAILED':
    case 'CORRECTION_STARTED':
    case 'CORRECTION_COMPLETED':
    case 'MODULE_COMPLETE':
      return event.codeVersion < latestVersion(state, event.data.module);
    case 'BUG_REPORT_RECEIVED': {
      // Version 0 with nothing said in `against`: the reporter named no version.
      const version = event.data.against.codeVersion ?? event.codeVersion;
      const isNamed = event.data.against.codeVersion !== null || event.codeVersion > 0;
      return isNamed && version < latestVersion(state, event.data.module);
    }
    case 'DEAD_CODE_ANALYSIS':
      return event.codeVersion < state.codeVersion;
    case 'TASK_CREATED':
    case 'TASK_STARTED':
    case 'PLANNING_COMPLETE':
    case 'MODULE_STARTED':
    case 'MODULE_ITERATION':
    case 'USER_INTERVENTION':
    case 'TASK_COMPLETE':
    case 'TASK_FAILED':
    case 'TASK_CANCELLED':
      return false;
  }
}

function latestVersion(state: TaskState, module: string | null): number {
  if (module === null) return state.codeVersion;
  return moduleOf(state, module)?.codeVersion ?? 0;
}
