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
export { failureSignature } from './failure-signature.ts';
export { planFaults } from './plan-check.ts';
export { type Step, type StepKind, stepEventId, stepId } from './step.ts';
export { chooseStrategy, type Strategy } from './strategy.ts';
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
export { worthlessTests } from './test-runner.ts';
export {
  isTestRunnerError,
  TestRunnerError,
  type TestRunnerErrorCode,
} from './test-runner-error.ts';
export type { StepInfo, WorkflowHooks } from './workflow-hooks.ts';
export { evolve, fold, initialWorkflowState, type WorkflowState } from './workflow-state.ts';
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
