import type { ModelCall } from '@org/events';

/** No model could be asked: its host is away, busy, failing, or lacks the model. Asking later can help. */
export class ModelUnavailableError extends Error {
  readonly code = 'MODEL_UNAVAILABLE';
  /** Every call made so far, for the record. */
  readonly calls: readonly ModelCall[];

  constructor(cause: Error, calls: readonly ModelCall[]) {
    super(cause.message, { cause });
    this.name = 'ModelUnavailableError';
    this.calls = calls;
  }
}

const unavailable = new Set([
  'OLLAMA_UNAVAILABLE',
  'MODEL_BUSY',
  'MODEL_NOT_FOUND',
  'MODEL_SERVER_FAILED',
]);

/** Whether a model error of this code can be waited out. */
export function isUnavailable(code: string): boolean {
  return unavailable.has(code);
}

/** Said of an answer that the model did not bring to its end. */
export const cutOff = 'Your answer was cut off because it was too long.';

/** Faults of one answer, as the model is told: asking in another way can give a better one. */
export const answerFaults: Readonly<Record<string, string>> = {
  OUTPUT_LIMIT: cutOff,
  RESPONSE_INCOMPLETE: 'Your answer stopped before its end.',
  STREAM_CUT: 'Your answer stopped before its end.',
  STREAM_FAILED: 'Your answer stopped before its end.',
  MODEL_TIMEOUT: 'Your answer took too long.',
  PROMPT_TRUNCATED: 'The question was too long to be read whole.',
  PROMPT_TOO_LONG: 'The question was too long.',
};
