// All errors of the package, for its own modules; what users get of them is listed in index.ts.
export {
  EmbeddingMismatchError,
  IncompleteResponseError,
  MalformedResponseError,
  OutputLimitError,
  PredictionError,
  StreamCutError,
  StreamFailedError,
} from './errors/answer-errors.ts';
export {
  ModelBusyError,
  ModelNotFoundError,
  ModelServerError,
  ModelTimeoutError,
  OllamaUnavailableError,
} from './errors/host-errors.ts';
export { ModelError } from './errors/model-error.ts';
export { isModelError, type ModelErrorCode, type ModelErrors } from './errors/model-errors.ts';
export {
  InvalidRequestError,
  PromptTooLongError,
  PromptTruncatedError,
  RequestRejectedError,
} from './errors/request-errors.ts';
