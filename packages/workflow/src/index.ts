export { CodingWorkflow, type EndedTask, type WorkflowFigures } from './coding-workflow.ts';
export type { CodingWorkflowOptions } from './coding-workflow-options.ts';
export { decide } from './decide/decide.ts';
export type { DecideOptions, Decision, TaskLimits } from './decide/decision.ts';
export type { Step, StepKind } from './decide/step.ts';
export { stepEventId, stepId } from './decide/step-id.ts';
export { isWorkflowError, WorkflowError, type WorkflowErrorCode } from './errors.ts';
export { failureSignature } from './failure-signature.ts';
export { planFaults } from './plan/plan-check.ts';
export type {
  BugReportOutcome,
  BugReportRequest,
  ChangeOptions,
  CodingTaskRequest,
  InterventionRequest,
  PriorityName,
  StartedTask,
} from './requests/coding-task-request.ts';
export type { Strategy } from './state/attempt.ts';
export { type CodeSnapshot, codeHash, type SnapshotFile } from './state/code-snapshot.ts';
export { evolve, fold } from './state/evolve.ts';
export { initialWorkflowState, type WorkflowState } from './state/workflow-state.ts';
export type { AdmissionOptions } from './tasks/admission.ts';
export type {
  CollectRequest,
  CollectResult,
  FileContent,
  RunLimits,
  RunRequest,
  SandboxInfo,
  TestFailure,
  TestRunner,
  TestRunnerCallOptions,
  TestRunOutcome,
} from './test-runner.ts';
export {
  isTestRunnerError,
  TestRunnerError,
  type TestRunnerErrorCode,
} from './test-runner-error.ts';
export type { StepInfo, WorkflowHooks } from './workflow-hooks.ts';
export { checkFileName, type FileNameCheck, parseFileName } from './workspace/file-name.ts';
export {
  formatStorageReference,
  parseStorageReference,
  type StorageReference,
} from './workspace/storage-reference.ts';
export {
  isWorkspaceError,
  WorkspaceError,
  type WorkspaceErrorCode,
} from './workspace/workspace-error.ts';
export {
  type CodeVersion,
  openWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from './workspace.ts';
