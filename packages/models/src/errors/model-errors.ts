import type {
  EmbeddingMismatchError,
  IncompleteResponseError,
  MalformedResponseError,
  OutputLimitError,
  PredictionError,
  StreamCutError,
  StreamFailedError,
} from './answer-errors.ts';
import type {
  ModelBusyError,
  ModelNotFoundError,
  ModelServerError,
  ModelTimeoutError,
  OllamaUnavailableError,
} from './host-errors.ts';
import { isMarked } from './model-error.ts';
import type {
  InvalidRequestError,
  PromptTooLongError,
  PromptTruncatedError,
  RequestRejectedError,
} from './request-errors.ts';

/** Every way in which asking a model can fail. Stable: safe to store and to compare. */
export type ModelErrorCode = keyof ModelErrors;

/** The class behind each code. */
export interface ModelErrors {
  readonly MODEL_NOT_FOUND: ModelNotFoundError;
  readonly OLLAMA_UNAVAILABLE: OllamaUnavailableError;
  readonly MODEL_BUSY: ModelBusyError;
  readonly MODEL_SERVER_FAILED: ModelServerError;
  readonly REQUEST_REJECTED: RequestRejectedError;
  readonly PROMPT_TOO_LONG: PromptTooLongError;
  readonly PROMPT_TRUNCATED: PromptTruncatedError;
  readonly STREAM_CUT: StreamCutError;
  readonly STREAM_FAILED: StreamFailedError;
  readonly RESPONSE_INCOMPLETE: IncompleteResponseError;
  readonly RESPONSE_MALFORMED: MalformedResponseError;
  readonly OUTPUT_LIMIT: OutputLimitError;
  readonly MODEL_TIMEOUT: ModelTimeoutError;
  readonly EMBEDDING_MISMATCH: EmbeddingMismatchError;
  readonly INVALID_REQUEST: InvalidRequestError;
  readonly PREDICTION_FAILED: PredictionError;
}

/**
 * Tells whether a caught value is an error of this package, and of this code if one is given.
 *
 * Works across copies of the package (ESM and CJS), where `instanceof` does not.
 */
export function isModelError(error: unknown): error is ModelErrors[ModelErrorCode];
export function isModelError<C extends ModelErrorCode>(
  error: unknown,
  code: C,
): error is ModelErrors[C];
export function isModelError(error: unknown, code?: ModelErrorCode): boolean {
  return isMarked(error) && (code === undefined || error.code === code);
}
