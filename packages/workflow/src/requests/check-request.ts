import { EventOrdering, type Language, type NewEvent, StateProjection } from '@org/events';
import { WorkflowError } from '../errors.ts';
import { chooseLanguage } from '../language.ts';
import { caseTwins, planFaults } from '../plan/plan-check.ts';
import type { WorkflowState } from '../state/workflow-state.ts';
import { checkFileName } from '../workspace/file-name.ts';
import type {
  BugReportRequest,
  CodingTaskRequest,
  InterventionRequest,
} from './coding-task-request.ts';

type CreatedData = Extract<NewEvent, { eventType: 'TASK_CREATED' }>['data'];
type InterventionData = Extract<NewEvent, { eventType: 'USER_INTERVENTION' }>['data'];

/** The payload of TASK_CREATED. @throws WorkflowError `INVALID_TASK` naming the field */
export function checkTask(request: CodingTaskRequest): CreatedData {
  if (request.prompt.trim() === '') throw invalidTask('prompt', 'must not be empty');
  const paths = new Set<string>();
  for (const [index, file] of (request.files ?? []).entries()) {
    const checked = checkFileName(file.path);
    if (!checked.ok) throw invalidTask(`files[${index}].path`, checked.reason);
    if (paths.has(checked.path))
      throw invalidTask(`files[${index}].path`, `"${checked.path}" is given twice`);
    paths.add(checked.path);
  }
  for (const [name, other] of caseTwins([...paths]))
    throw invalidTask('files', `"${name}" and "${other}" differ in case only`);
  return {
    prompt: request.prompt,
    answers: [...(request.answers ?? [])],
    priority: request.priority ?? null,
    language: request.language ?? null,
    files: (request.files ?? []).map((file) => ({ ...file, path: file.path.replace(/^\.\//, '') })),
    idempotency: request.idempotency ?? null,
  };
}

/** The payload of USER_INTERVENTION. @throws WorkflowError `INVALID_INTERVENTION`, `TASK_ENDED` */
export function checkIntervention(
  request: InterventionRequest,
  state: WorkflowState,
  defaultLanguage: Language,
): InterventionData {
  const { kind, text, questionId, plan } = request;
  if (state.ended !== null) throw taskEnded(state.ended, kind);
  if ((kind === 'guidance' || kind === 'answer') && (text === null || text.trim() === ''))
    throw invalidIntervention('text', `must not be empty for ${kind}`);
  if (kind === 'answer') checkAnswer(questionId, state);
  if (kind !== 'plan') return { kind, text, questionId, plan: null };
  if (plan === null) throw invalidIntervention('plan', 'is missing');
  const faults = planFaults(plan, {
    language: chooseLanguage({ ...state.task, language: state.language }, defaultLanguage),
    files: state.task.files,
  });
  if (faults.length > 0) throw invalidIntervention('plan', faults.join(' '));
  return {
    kind,
    text,
    questionId,
    plan: plan.map((module) => ({ ...module, dependsOn: [...module.dependsOn] })),
  };
}

function checkAnswer(questionId: string | null, state: WorkflowState): void {
  const open = state.task.questions;
  if (state.questions === 0 || open.length === 0)
    throw invalidIntervention('kind', 'no question is open; use guidance instead');
  if (questionId !== null && !open.some((question) => question.questionId === questionId))
    throw invalidIntervention('question_id', `no question ${questionId} is open`);
}

/** What becomes of a bug report: it starts a correction, or it is recorded and refused. */
export type BugReportCheck =
  | { readonly accepted: true; readonly reason: null }
  | { readonly accepted: false; readonly reason: string; readonly supersededBy: number };

/** Checks a report by version, clock and hash. @throws WorkflowError `INVALID_REPORT`, `TASK_ENDED` */
export function checkBugReport(report: BugReportRequest, state: WorkflowState): BugReportCheck {
  if (report.description.trim() === '')
    throw new WorkflowError('INVALID_REPORT', 'must not be empty', {
      field: 'description',
    });
  if (state.ended === 'failed' || state.ended === 'cancelled')
    throw taskEnded(state.ended, 'bug report');
  if (report.module !== null && !Object.hasOwn(state.modules, report.module))
    throw new WorkflowError('INVALID_REPORT', `the task has no module ${report.module}`, {
      field: 'module',
    });
  const current = StateProjection.currentCode(state.task, report.module);
  if (current.codeVersion === 0)
    throw new WorkflowError('INVALID_REPORT', 'there is no code yet', { field: 'module' });
  const check = EventOrdering.checkReport(report, current);
  return check.valid
    ? { accepted: true, reason: null }
    : { accepted: false, reason: check.reason, supersededBy: current.codeVersion };
}

/** Of what has ended nothing comes any more; what is asked for in vain is not stored. */
function taskEnded(ended: NonNullable<WorkflowState['ended']>, given: string): WorkflowError {
  const how = {
    completed: 'has completed',
    failed: 'has failed',
    cancelled: 'was cancelled',
  }[ended];
  const wayOut = ended === 'completed' ? ' A bug report reopens it.' : '';
  return new WorkflowError('TASK_ENDED', `The task ${how}; it takes no ${given}.${wayOut}`);
}

function invalidTask(field: string, problem: string): WorkflowError {
  return new WorkflowError('INVALID_TASK', problem, { field });
}

function invalidIntervention(field: string, problem: string): WorkflowError {
  return new WorkflowError('INVALID_INTERVENTION', problem, { field });
}
