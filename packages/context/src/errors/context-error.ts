const marker = Symbol.for('@org/context/ContextError');

/** What all errors of this package share. */
export abstract class ContextError extends Error {
  abstract readonly code: string;
  readonly [marker] = true;

  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
  }
}

/** Marked as one of ours, by whichever copy of the package. */
export function isMarked(error: unknown): error is ContextError {
  return error instanceof Error && marker in error;
}
