const marker = Symbol.for('@org/workflow/WorkspaceError');

/** Every way in which the workspace refuses. Stable: safe to store and to compare. */
export type WorkspaceErrorCode =
  /** The name is not one that a task's file may have; the message says why, for the model too. Ask again. */
  | 'INVALID_FILE_NAME'
  /** Not a `storage://task/file@version` reference. Fix the caller. */
  | 'INVALID_REFERENCE'
  /** No such task, file or version. Give up, or write it again from the log. */
  | 'NOT_FOUND'
  /** This version is stored with other content. Give up: two writers, or a changed log. */
  | 'VERSION_CONFLICT'
  /** Something in the folder is a link or no plain file. Give up: somebody has been in there. */
  | 'LINK_OUT';

/** The workspace refused; nothing was written. */
export class WorkspaceError extends Error {
  readonly code: WorkspaceErrorCode;
  /** The file name, reference or folder in question. */
  readonly subject: string;
  readonly [marker] = true;

  constructor(
    code: WorkspaceErrorCode,
    message: string,
    options: { readonly subject: string; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WorkspaceError';
    this.code = code;
    this.subject = options.subject;
  }
}

/** Tells whether a caught value is a WorkspaceError (of this code), also one of another copy of this package. */
export function isWorkspaceError(
  error: unknown,
  code?: WorkspaceErrorCode,
): error is WorkspaceError {
  if (!(error instanceof Error) || !(marker in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}
