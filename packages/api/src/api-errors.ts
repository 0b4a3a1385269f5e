const marker = Symbol.for('@org/api/ApiError');

export type ApiErrorCode = 'TASK_NOT_FOUND' | 'TASK_EXISTS' | 'SHUTTING_DOWN' | 'INVALID_OPTION';

/** What this package itself refuses. Recognised by `isApiError`, across copies of the package. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly [marker] = true;

  constructor(code: ApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.code = code;
  }
}

/** Tells whether a caught value is an error of this package, and of this code if one is given. */
export function isApiError(error: unknown, code?: ApiErrorCode): error is ApiError {
  if (!(error instanceof Error) || !(marker in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

export function taskNotFound(taskId: string): ApiError {
  return new ApiError('TASK_NOT_FOUND', `There is no task ${JSON.stringify(taskId)}`);
}
