/** Every way in which a request to the workflow is refused. Stable: safe to store and to compare. */
export type WorkflowErrorCode =
  | 'INVALID_TASK'
  | 'INVALID_INTERVENTION'
  | 'INVALID_REPORT'
  | 'TASK_NOT_FOUND'
  | 'FILE_NOT_FOUND'
  | 'CALL_NOT_FOUND'
  | 'TASK_EXISTS'
  | 'TASK_ENDED'
  | 'IDEMPOTENCY_MISMATCH'
  | 'NO_ROOM'
  | 'UNAVAILABLE';

const marker = Symbol.for('@org/workflow/WorkflowError');

/** A request that cannot be done, and why. Recognised by `code`, across copies of this package. */
export class WorkflowError extends Error {
  readonly code: WorkflowErrorCode;
  /** What of the request is wrong, such as `plan[0].name`, which the message leaves out; with the INVALID codes only. */
  readonly field?: string;
  /** When asking again makes sense; with NO_ROOM and UNAVAILABLE only. */
  readonly retryAfterSeconds?: number;
  readonly [marker] = true;

  constructor(
    code: WorkflowErrorCode,
    message: string,
    data: {
      readonly field?: string;
      readonly retryAfterSeconds?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, data.cause === undefined ? undefined : { cause: data.cause });
    this.name = 'WorkflowError';
    this.code = code;
    if (data.field !== undefined) this.field = data.field;
    if (data.retryAfterSeconds !== undefined) this.retryAfterSeconds = data.retryAfterSeconds;
  }
}

/** Tells whether a caught value is an error of this package, and of this code if one is given. */
export function isWorkflowError(error: unknown, code?: WorkflowErrorCode): error is WorkflowError {
  if (!(error instanceof Error) || !(marker in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

/** The `code` of any error that has one. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

/** Not now, but soon. */
export function unavailable(message: string, cause?: unknown): WorkflowError {
  return new WorkflowError('UNAVAILABLE', message, { retryAfterSeconds: 5, cause });
}
