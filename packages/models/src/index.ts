export type { CodeFile } from './code-block.ts';
export type { EmbeddingModel } from './embedding-model.ts';
export type { ModelErrorCode, ModelErrors } from './errors.ts';
export {
  EmbeddingMismatchError,
  IncompleteResponseError,
  InvalidRequestError,
  isModelError,
  MalformedResponseError,
  ModelBusyError,
  ModelError,
  ModelNotFoundError,
  ModelServerError,
  ModelTimeoutError,
  OllamaUnavailableError,
  OutputLimitError,
  PredictionError,
  PromptTooLongError,
  PromptTruncatedError,
  RequestRejectedError,
  StreamCutError,
  StreamFailedError,
} from './errors.ts';
export type { HostHealth, PresentModel } from './host-health.ts';
export type {
  ChatMessage,
  GenerateRequest,
  GenerateResult,
  LanguageModel,
  TokenDelta,
  TokenUsage,
} from './language-model.ts';
export type { ModelFamily, ModelProfile } from './model-profile.ts';
export { familyOf, modelProfile } from './model-profile.ts';
export type { AttemptOutcome, PredictionAttempt } from './predict.ts';
export type { CodeSignature, JsonSignature, Signature } from './signature.ts';
export type { TokenCounter } from './token-counter.ts';
