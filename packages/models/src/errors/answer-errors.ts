import type { PredictionAttempt } from '../prediction-attempt.ts';
import { ModelError } from './model-error.ts';

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
