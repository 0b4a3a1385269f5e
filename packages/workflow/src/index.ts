export type { AdmissionOptions } from './admission.ts';
export { type CodeSnapshot, codeHash, type SnapshotFile } from './code-snapshot.ts';
export type {
  BugReportOutcome,
  BugReportRequest,
  ChangeOptions,
  CodingTaskRequest,
  InterventionRequest,
  PriorityName,
  StartedTask,
} from './coding-task-request.ts';
export {
  CodingWorkflow,
  type CodingWorkflowOptions,
  type EndedTask,
  type WorkflowFigures,
} from './coding-workflow.ts';
export { type DecideOptions, type Decision, decide, type TaskLimits } from './decide.ts';
export { isWorkflowError, WorkflowError, type WorkflowErrorCode } from './errors.ts';
export { planFaults } from './plan-check.ts';
export { type Step, type StepKind, stepEventId, stepId } from './step.ts';
export { chooseStrategy, type Strategy } from './strategy.ts';
export type { RunLimits, SandboxInfo, TestRunner, TestRunOutcome } from './test-runner.ts';
export type { StepInfo, WorkflowHooks } from './workflow-hooks.ts';
export { evolve, fold, initialWorkflowState, type WorkflowState } from './workflow-state.ts';
export { openWorkspace, type Workspace } from './workspace.ts';
