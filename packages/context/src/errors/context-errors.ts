import { isMarked } from './context-error.ts';
import type {
  OfflineCacheClosedError,
  OfflineCacheDamagedError,
  OfflineCacheSaveError,
  OfflineCacheUnavailableError,
} from './offline-cache-errors.ts';
import type {
  ContextOverflowError,
  InvalidContextRequestError,
  InvalidExportError,
  NotRebuildableError,
  PromptMismatchError,
  UnknownModelError,
} from './request-errors.ts';

/** Every way in which building a context can fail. Stable: safe to store and to compare. */
export type ContextErrorCode = keyof ContextErrors;

/** The class behind each code. */
export interface ContextErrors {
  readonly CONTEXT_OVERFLOW: ContextOverflowError;
  readonly UNKNOWN_MODEL: UnknownModelError;
  readonly NOT_REBUILDABLE: NotRebuildableError;
  readonly PROMPT_MISMATCH: PromptMismatchError;
  readonly INVALID_REQUEST: InvalidContextRequestError;
  readonly INVALID_EXPORT: InvalidExportError;
  readonly CACHE_CLOSED: OfflineCacheClosedError;
  readonly CACHE_UNAVAILABLE: OfflineCacheUnavailableError;
  readonly CACHE_SAVE_FAILED: OfflineCacheSaveError;
  readonly CACHE_DAMAGED: OfflineCacheDamagedError;
}

/**
 * Tells whether a caught value is an error of this package, and of this code if one is given.
 *
 * Works across copies of the package (ESM and CJS), where `instanceof` does not.
 */
export function isContextError(error: unknown): error is ContextErrors[ContextErrorCode];
export function isContextError<C extends ContextErrorCode>(
  error: unknown,
  code: C,
): error is ContextErrors[C];
export function isContextError(error: unknown, code?: ContextErrorCode): boolean {
  return isMarked(error) && (code === undefined || error.code === code);
}
