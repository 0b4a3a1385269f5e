import type { ModelProfile } from './model-profile.ts';
import type { TokenCounter } from './token-counter.ts';

/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A piece of an answer, as it arrives. */
export interface TokenDelta {
  readonly kind: 'thinking' | 'text';
  readonly text: string;
}

/** What a model is asked. */
export interface GenerateRequest {
  readonly messages: readonly ChatMessage[];
  /** Tokens the answer may have at most, thinking included; beyond them it ends as `length`. */
  readonly maxTokens: number;
  /** @default 0 */
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  /** JSON schema that the answer has to follow. A wish, not a promise: validate the answer. */
  readonly format?: Readonly<Record<string, unknown>> | undefined;
  /** Lets a thinking model think first. @default false */
  readonly think?: boolean | undefined;
  /** The answer ends before the first of these. */
  readonly stop?: readonly string[] | undefined;
  /** Called with each piece as it arrives; what it throws fails the call. A retried call starts anew. */
  readonly onToken?: ((delta: TokenDelta) => void) | undefined;
}

/** Tokens as the model's host counted them; null when it did not say, which is not 0. */
export interface TokenUsage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

/** A whole answer. */
export interface GenerateResult {
  /** The answer without its thinking. */
  readonly text: string;
  /** What the model thought before it answered; null when it did not. */
  readonly thinking: string | null;
  /** `length`: cut off by `maxTokens`, the text is not complete. */
  readonly finish: 'stop' | 'length';
  readonly usage: TokenUsage;
  /** From the call to the last token, retries and waiting for the host included. */
  readonly durationMs: number;
  /** The model that answered. */
  readonly model: string;
}

/** A model that continues a conversation. */
export interface LanguageModel {
  /** Such as `qwen3:8b`. */
  readonly id: string;
  /** What requests to it share: the key by which concurrency is limited. */
  readonly host: string;
  readonly profile: ModelProfile;
  readonly tokens: TokenCounter;
  /**
   * Asks once and gives the whole answer.
   *
   * @throws the signal's reason when aborted
   * @throws ModelError of the outcome otherwise; its `transient` says whether asking later can help
   */
  generate(
    request: GenerateRequest,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<GenerateResult>;
}
