/** Every code that an error of this package can carry; each is a heading of the README's table. */
export type OrchestratorErrorCode =
  | 'INVALID_PRIORITY'
  | 'INVALID_TASK'
  | 'INVALID_OPTION'
  | 'UNKNOWN_KIND'
  | 'DUPLICATE_TASK'
  | 'CIRCULAR_DEPENDENCY'
  | 'UNKNOWN_DEPENDENCY'
  | 'DEPENDENCY_FAILED'
  | 'QUEUE_FULL'
  | 'SHUTDOWN'
  | 'TASK_TIMED_OUT'
  | 'TASK_CANCELLED'
  | 'TASK_PREEMPTED'
  | 'UNRECOVERABLE'
  | 'WORKER_CRASHED'
  | 'THREAD_FAILED';

const marker = Symbol.for('@org/orchestrator/error');

/** The base of this package's errors: a stable `code`, and data fields on each subclass. */
export class OrchestratorError extends Error {
  readonly code: OrchestratorErrorCode;

  constructor(code: OrchestratorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }
}

/**
 * Whether a value is an error of this package, and of this code if one is given.
 * Works across copies of the package (ESM beside CJS), where `instanceof` does not.
 */
export function isOrchestratorError(
  value: unknown,
  code?: OrchestratorErrorCode,
): value is OrchestratorError {
  return (
    typeof value === 'object' &&
    value !== null &&
    marker in value &&
    (code === undefined || ('code' in value && value.code === code))
  );
}
