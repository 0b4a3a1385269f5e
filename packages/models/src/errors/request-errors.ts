import { ModelError } from './model-error.ts';

/** The caller's own options or request make no sense. Fix the call. */
export class InvalidRequestError extends ModelError {
  readonly code = 'INVALID_REQUEST';
  readonly field: string;

  constructor(data: { readonly field: string; readonly detail: string; readonly cause?: unknown }) {
    super(`${data.field}: ${data.detail}`, { cause: data.cause });
    this.field = data.field;
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
