import { ModelError } from './model-error.ts';

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
