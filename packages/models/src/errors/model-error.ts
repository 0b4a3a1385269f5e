const marker = Symbol.for('@org/models/ModelError');

interface ModelErrorOptions {
  /** Asking the same again, later, can help. */
  readonly transient?: boolean;
  readonly cause?: unknown;
}

/** What all errors of this package share. */
export abstract class ModelError extends Error {
  /** One of `ModelErrorCode`. */
  abstract readonly code: string;
  /** True when asking the same again, later, can help. */
  readonly transient: boolean;
  readonly [marker] = true;

  constructor(message: string, options: ModelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.transient = options.transient ?? false;
  }
}

/** Marked as one of ours, by whichever copy of the package. */
export function isMarked(error: unknown): error is ModelError {
  return error instanceof Error && marker in error;
}
