import { priorityName } from '@org/orchestrator';
import { describe, expect, it } from 'vitest';
import type { Step } from '../src/decide/step.ts';
import { stepPriority } from '../src/decide/step-priority.ts';
import type { PriorityName } from '../src/requests/coding-task-request.ts';
import { initialWorkflowState, type WorkflowState } from '../src/state/workflow-state.ts';

const steps: Readonly<Record<Step['kind'], Step>> = {
  plan: { kind: 'plan' },
  generate: { kind: 'generate', module: 'a.js' },
  'write-tests': { kind: 'write-tests', module: 'a.js', rewrite: false },
  test: { kind: 'test', module: 'a.js' },
  correct: { kind: 'correct', module: 'a.js', strategy: 'correct', reason: 'test-failed' },
  analyse: { kind: 'analyse' },
};

function state(priority: PriorityName | null, change: Partial<WorkflowState> = {}): WorkflowState {
  return {
    ...initialWorkflowState,
    task: { ...initialWorkflowState.task, priority },
    ...change,
  };
}
const report = { cause: { eventId: 'e', version: 1 }, module: null, sequence: 1 };
const priorities = (of: WorkflowState) =>
  Object.values(steps).map((step) => priorityName(stepPriority(step, of)));

describe('the priority of a step', () => {
  it('is decided by its kind where the task was given none', () => {
    expect(priorities(state(null))).toEqual(['MEDIUM', 'HIGH', 'MEDIUM', 'MEDIUM', 'HIGH', 'LOW']);
  });

  it('is the one that was asked for, for all ordinary steps; analysis stays behind', () => {
    const background = 'BACKGROUND';
    expect(priorities(state(background))).toEqual([...Array(5).fill(background), 'LOW']);
  });

  it('is CRITICAL while an intervention is pending, and no more once a model call has seen it', () => {
    const pending = state('LOW', { intervenedAt: 7, seenUpTo: 6 });
    expect(priorities(pending)).toEqual([...Array(5).fill('CRITICAL'), 'LOW']);
    expect(priorities({ ...pending, seenUpTo: 7 })).toEqual(Array(6).fill('LOW'));
  });

  it('is at least HIGH while a bug report is open', () => {
    const reported = { bugReports: [report] };
    expect(priorities(state('LOW', reported))).toEqual([...Array(5).fill('HIGH'), 'LOW']);
    expect(priorityName(stepPriority(steps.plan, state('CRITICAL', reported)))).toBe('CRITICAL');
  });
});
