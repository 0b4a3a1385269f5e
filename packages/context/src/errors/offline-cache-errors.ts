import { ContextError } from './context-error.ts';

/** The cache is closed. Open another one. */
export class OfflineCacheClosedError extends ContextError {
  readonly code = 'CACHE_CLOSED';

  constructor() {
    super('The offline cache is closed.');
  }
}

/** The folder cannot be opened: another process has it, or it cannot be written. Close the other one, or fix the path. */
export class OfflineCacheUnavailableError extends ContextError {
  readonly code = 'CACHE_UNAVAILABLE';
  readonly path: string;

  constructor(data: { readonly path: string; readonly cause: unknown }) {
    super(`The offline cache in ${data.path} cannot be opened: ${reasonOf(data.cause)}`, data);
    this.path = data.path;
  }
}

/** A change was not stored; what was there before still is. Retry, or look at the cause (a full disk …). */
export class OfflineCacheSaveError extends ContextError {
  readonly code = 'CACHE_SAVE_FAILED';
  readonly path: string;

  constructor(data: { readonly path: string; readonly cause: unknown }) {
    super(`The offline cache in ${data.path} was not changed: ${reasonOf(data.cause)}`, data);
    this.path = data.path;
  }
}

/** What is stored cannot be read. It was put aside and an empty cache is in its place. Catch up from the log. */
export class OfflineCacheDamagedError extends ContextError {
  readonly code = 'CACHE_DAMAGED';
  readonly path: string;
  /** The folder that holds the damaged copy. */
  readonly keptAt: string;

  constructor(data: { readonly path: string; readonly keptAt: string; readonly cause: unknown }) {
    super(
      `The offline cache in ${data.path} is damaged (${reasonOf(data.cause)}); a copy is kept in ${data.keptAt}`,
      data,
    );
    this.path = data.path;
    this.keptAt = data.keptAt;
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}
