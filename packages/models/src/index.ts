export type { CodeFile } from './code-block.ts';
export { parseCodeBlock } from './code-block.ts';
export type { CalibratedCounter } from './counting/calibrated-counter.ts';
export { calibratedCounter } from './counting/calibrated-counter.ts';
export { estimatingCounter } from './counting/estimating-counter.ts';
export type { Elision } from './elision.ts';
export { detectElision } from './elision.ts';
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
export { type Prediction, predict } from './predict.ts';
export type { PredictOptions } from './predict-options.ts';
export type { AttemptOutcome, PredictionAttempt } from './prediction-attempt.ts';
export type { PromptSize } from './prompt-size.ts';
export { promptSize } from './prompt-size.ts';
export type { AnySignature } from './render-prompt.ts';
export { answerFormat, renderPrompt } from './render-prompt.ts';
export type { CodeSignature, JsonSignature, Signature } from './signature.ts';
export { defineCodeSignature, defineSignature } from './signature.ts';
export type { SeparatedThinking } from './strip-thinking.ts';
export { stripThinking } from './strip-thinking.ts';
export type { TokenCounter } from './token-counter.ts';
export { marginOf } from './token-counter.ts';
