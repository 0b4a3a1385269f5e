import type { Event } from '@org/events';
import {
  foldBugReport,
  foldCorrectionCompleted,
  foldCorrectionStarted,
  foldIntervention,
} from './fold-concepts.ts';
import {
  foldCode,
  foldDeadCode,
  foldIteration,
  foldModuleComplete,
  foldModuleStarted,
} from './fold-modules.ts';
import { foldCreated, foldEnd, foldPlan, foldStarted } from './fold-task.ts';
import { foldTestRun, foldTestStarted } from './fold-tests.ts';
import type { FoldedTask } from './folded-task.ts';
import { withDefaults } from './payload-defaults.ts';

/** Folds one event into a cache. Links between files are left for later (`unlinked`). An unknown type is passed over. */
export function foldEvent(task: FoldedTask, stored: Event): void {
  const event = withDefaults(stored);
  switch (event.eventType) {
    case 'TASK_CREATED':
      foldCreated({ ...task, event });
      break;
    case 'TASK_STARTED':
      foldStarted({ ...task, event });
      break;
    case 'PLANNING_COMPLETE':
      foldPlan(task, event, event.data.modules);
      break;
    case 'MODULE_STARTED':
      foldModuleStarted({ ...task, event });
      break;
    case 'MODULE_ITERATION':
      foldIteration({ ...task, event });
      break;
    case 'CODE_GENERATED':
      foldCode({ ...task, event });
      break;
    case 'TEST_STARTED':
      foldTestStarted({ ...task, event });
      break;
    case 'TEST_PASSED':
    case 'TEST_FAILED':
      foldTestRun({ ...task, event });
      break;
    case 'CORRECTION_STARTED':
      foldCorrectionStarted({ ...task, event });
      break;
    case 'CORRECTION_COMPLETED':
      foldCorrectionCompleted({ ...task, event });
      break;
    case 'MODULE_COMPLETE':
      foldModuleComplete({ ...task, event });
      break;
    case 'BUG_REPORT_RECEIVED':
      foldBugReport({ ...task, event });
      break;
    case 'USER_INTERVENTION':
      foldIntervention({ ...task, event });
      if (event.data.plan !== null) foldPlan(task, event, event.data.plan);
      break;
    case 'DEAD_CODE_ANALYSIS':
      foldDeadCode({ ...task, event });
      break;
    case 'TASK_COMPLETE':
    case 'TASK_FAILED':
    case 'TASK_CANCELLED':
      foldEnd({ ...task, event });
      break;
    default:
  }
  task.cache.advanceTo(event.sequence);
}
