import type { PredictionAttempt } from './predict.ts';

const marker = Symbol.for('@org/models/ModelError');

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

interface ModelErrorOptions {
  /** Asking the same again, later, can help. */
  readonly transient?: boolean;
  readonly cause?: unknown;
}

/** What all errors of this package share. */
export abstract class ModelError extends Error {
  abstract readonly code: ModelErrorCode;
  /** True when asking the same again, later, can help. */
  readonly transient: boolean;
  readonly [marker] = true;

  constructor(message: string, options: ModelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.transient = options.transient ?? false;
  }
}

/**
 * Tells whether a caught value is an error of this package, and of this code if one is given.
 *
 * Works across copies of the package (ESM and CJS), where `instanceof` does not.
 */
export function isModelError(error: unknown): error is ModelError;
export function isModelError<C extends ModelErrorCode>(
  error: unknown,
  code: C,
): error is ModelErrors[C];
export function isModelError(error: unknown, code?: ModelErrorCode): boolean {
  if (!(error instanceof Error) || !(marker in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

/** The host does not have the model. Fix: pull it. */
export class ModelNotFoundError extends ModelError {
  readonly code = 'MODEL_NOT_FOUND';
  readonly model: string;
  readonly host: string;

  constructor(data: { readonly model: string; readonly host: string; readonly cause?: unknown }) {
    super(`${data.host} has no model "${data.model}". Run: ollama pull ${data.model}`, data);
    this.model = data.model;
    this.host = data.host;
  }
}

/** Nothing answers at the host's address. Retry, or start Ollama there. */
export class OllamaUnavailableError extends ModelError {
  readonly code = 'OLLAMA_UNAVAILABLE';
  readonly host: string;

  constructor(data: { readonly host: string; readonly reason: string; readonly cause?: unknown }) {
    super(
      `No answer from Ollama at ${data.host} (${data.reason}). Is it running there? Run: ollama serve`,
      { transient: true, cause: data.cause },
    );
    this.host = data.host;
  }
}

/** The host has more requests than it takes (503, 429). Retry later. */
export class ModelBusyError extends ModelError {
  readonly code = 'MODEL_BUSY';
  readonly host: string;
  readonly status: number;

  constructor(data: {
    readonly host: string;
    readonly status: number;
    readonly detail: string;
    readonly cause?: unknown;
  }) {
    super(`${data.host} is busy (HTTP ${data.status}): ${data.detail}`, {
      transient: true,
      cause: data.cause,
    });
    this.host = data.host;
    this.status = data.status;
  }
}

/** The host failed on its own side (5xx), before the first token. Often a lack of memory: give up, look at its log. */
export class ModelServerError extends ModelError {
  readonly code = 'MODEL_SERVER_FAILED';
  readonly host: string;
  readonly status: number;

  constructor(data: {
    readonly host: string;
    readonly status: number;
    readonly detail: string;
    readonly cause?: unknown;
  }) {
    super(`${data.host} failed (HTTP ${data.status}): ${data.detail}`, { cause: data.cause });
    this.host = data.host;
    this.status = data.status;
  }
}

/** The host refuses the request as it is (4xx). Fix the request. */
export class RequestRejectedError extends ModelError {
  readonly code = 'REQUEST_REJECTED';
  readonly host: string;
  readonly status: number;

  constructor(data: {
    readonly host: string;
    readonly status: number;
    readonly detail: string;
    readonly cause?: unknown;
  }) {
    super(`${data.host} refused the request (HTTP ${data.status}): ${data.detail}`, {
      cause: data.cause,
    });
    this.host = data.host;
    this.status = data.status;
  }
}

/** Prompt and answer do not fit into the window. Refused before sending, or by the host (`refusedBy`). */
export class PromptTooLongError extends ModelError {
  readonly code = 'PROMPT_TOO_LONG';
  readonly model: string;
  /** Tokens of the prompt by our count. */
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly contextWindow: number;
  readonly refusedBy: 'us' | 'host';

  constructor(data: {
    readonly model: string;
    readonly promptTokens: number;
    readonly maxTokens: number;
    readonly contextWindow: number;
    readonly refusedBy: 'us' | 'host';
    readonly cause?: unknown;
  }) {
    super(
      `The prompt for ${data.model} has ${data.promptTokens} tokens; with ${data.maxTokens} for the answer it does not fit into ${data.contextWindow}`,
      { cause: data.cause },
    );
    this.model = data.model;
    this.promptTokens = data.promptTokens;
    this.maxTokens = data.maxTokens;
    this.contextWindow = data.contextWindow;
    this.refusedBy = data.refusedBy;
  }
}

/** The model read fewer tokens than were sent: the head of the prompt was dropped, the answer is worthless. */
export class PromptTruncatedError extends ModelError {
  readonly code = 'PROMPT_TRUNCATED';
  readonly model: string;
  /** Tokens of the prompt by our count. */
  readonly countedTokens: number;
  /** Tokens that the model says it read. */
  readonly reportedTokens: number;
  /** Whether our count was exact or an estimate. */
  readonly exact: boolean;

  constructor(data: {
    readonly model: string;
    readonly countedTokens: number;
    readonly reportedTokens: number;
    readonly exact: boolean;
  }) {
    super(
      `${data.model} read ${data.reportedTokens} tokens of a prompt of ${data.exact ? '' : 'about '}${data.countedTokens}: its head was cut off`,
    );
    this.model = data.model;
    this.countedTokens = data.countedTokens;
    this.reportedTokens = data.reportedTokens;
    this.exact = data.exact;
  }
}

/** The answer's stream ended without its last message: the connection broke (`reset`, transient) or the host stopped (`ended`). */
export class StreamCutError extends ModelError {
  readonly code = 'STREAM_CUT';
  readonly model: string;
  readonly how: 'reset' | 'ended';
  /** What had arrived of the answer. */
  readonly partialText: string;

  constructor(data: {
    readonly model: string;
    readonly how: 'reset' | 'ended';
    readonly partialText: string;
    readonly cause?: unknown;
  }) {
    super(
      data.how === 'reset'
        ? `The connection broke while ${data.model} was answering`
        : `The answer of ${data.model} stopped without an end, as Ollama does when a model repeats itself`,
      { transient: data.how === 'reset', cause: data.cause },
    );
    this.model = data.model;
    this.how = data.how;
    this.partialText = data.partialText;
  }
}

/** The host reported an error after it had begun to answer. */
export class StreamFailedError extends ModelError {
  readonly code = 'STREAM_FAILED';
  readonly model: string;
  readonly partialText: string;

  constructor(data: {
    readonly model: string;
    readonly detail: string;
    readonly partialText: string;
    readonly cause?: unknown;
  }) {
    super(`${data.model} failed in the middle of its answer: ${data.detail}`, {
      cause: data.cause,
    });
    this.model = data.model;
    this.partialText = data.partialText;
  }
}

/** The host answered 200 but says itself that the answer is not done. */
export class IncompleteResponseError extends ModelError {
  readonly code = 'RESPONSE_INCOMPLETE';
  readonly model: string;
  readonly partialText: string;

  constructor(data: { readonly model: string; readonly partialText: string }) {
    super(`The answer of ${data.model} is marked as not done`);
    this.model = data.model;
    this.partialText = data.partialText;
  }
}

/** What the host sent is not what Ollama sends. Give up: something else listens there, or a proxy meddles. */
export class MalformedResponseError extends ModelError {
  readonly code = 'RESPONSE_MALFORMED';
  readonly host: string;

  constructor(data: { readonly host: string; readonly detail: string; readonly cause?: unknown }) {
    super(`${data.host} sent something that is no Ollama answer: ${data.detail}`, {
      cause: data.cause,
    });
    this.host = data.host;
  }
}

/** The answer reached `maxTokens` and is not complete. Ask for less, or allow more. */
export class OutputLimitError extends ModelError {
  readonly code = 'OUTPUT_LIMIT';
  readonly model: string;
  readonly maxTokens: number;
  readonly partialText: string;

  constructor(data: {
    readonly model: string;
    readonly maxTokens: number;
    readonly partialText: string;
  }) {
    super(`The answer of ${data.model} was cut off at ${data.maxTokens} tokens`);
    this.model = data.model;
    this.maxTokens = data.maxTokens;
    this.partialText = data.partialText;
  }
}

/** No token came in time (`first-token`), or the answer was not whole in time (`whole`). */
export class ModelTimeoutError extends ModelError {
  readonly code = 'MODEL_TIMEOUT';
  readonly model: string;
  readonly phase: 'first-token' | 'whole';
  readonly timeoutMs: number;

  constructor(data: {
    readonly model: string;
    readonly phase: 'first-token' | 'whole';
    readonly timeoutMs: number;
  }) {
    super(
      data.phase === 'first-token'
        ? `${data.model} gave no token within ${data.timeoutMs} ms`
        : `${data.model} did not finish within ${data.timeoutMs} ms`,
    );
    this.model = data.model;
    this.phase = data.phase;
    this.timeoutMs = data.timeoutMs;
  }
}

/** The vectors are not those of the model that was expected. Rebuild what was made with the former one. */
export class EmbeddingMismatchError extends ModelError {
  readonly code = 'EMBEDDING_MISMATCH';
  readonly model: string;
  readonly expected: string;
  readonly actual: string;

  constructor(data: {
    readonly model: string;
    readonly expected: string;
    readonly actual: string;
  }) {
    super(`Embeddings of ${data.model}: expected ${data.expected}, got ${data.actual}`);
    this.model = data.model;
    this.expected = data.expected;
    this.actual = data.actual;
  }
}

/** The caller's own options or request make no sense. Fix the call. */
export class InvalidRequestError extends ModelError {
  readonly code = 'INVALID_REQUEST';
  readonly field: string;

  constructor(data: { readonly field: string; readonly detail: string; readonly cause?: unknown }) {
    super(`${data.field}: ${data.detail}`, { cause: data.cause });
    this.field = data.field;
  }
}

/** No attempt gave an answer that fits the signature. */
export class PredictionError extends ModelError {
  readonly code = 'PREDICTION_FAILED';
  readonly signature: string;
  readonly attempts: readonly PredictionAttempt[];

  constructor(data: {
    readonly signature: string;
    readonly attempts: readonly PredictionAttempt[];
  }) {
    const last = data.attempts.at(-1);
    super(
      `No usable answer for "${data.signature}" in ${data.attempts.length} attempts; the last: ${last?.outcome ?? 'none'}${last?.problem ? ` (${last.problem})` : ''}`,
    );
    this.signature = data.signature;
    this.attempts = data.attempts;
  }
}
