import type { ChatMessage } from './language-model.ts';
import type { ModelFamily, ModelProfile } from './model-profile.ts';
import { marginOf, type TokenCounter } from './token-counter.ts';

/** How much of a window a prompt takes. */
export interface PromptSize {
  /** Tokens of the messages' texts by the counter: the number to report. */
  readonly tokens: number;
  /** Tokens to plan with: margin for an estimate, and what the chat template adds. */
  readonly planned: number;
  /** Tokens left for the answer; negative when the prompt alone is too long. */
  readonly room: number;
}

/** What each model's chat template puts around a message, and once around all; rounded up. */
const templateTokens: Readonly<Record<ModelFamily, readonly [perMessage: number, once: number]>> = {
  mistral: [6, 2],
  qwen: [5, 8],
  other: [8, 8],
};

/**
 * Measures a prompt against a model's window, the way `generate` does before it sends.
 *
 * A call whose `maxTokens` is at most `room` is not refused as too long.
 */
export function promptSize(
  model: { readonly profile: ModelProfile; readonly tokens: TokenCounter },
  messages: readonly ChatMessage[],
): PromptSize {
  const tokens = messages.reduce((sum, { content }) => sum + model.tokens.count(content), 0);
  const [perMessage, once] = templateTokens[model.profile.family];
  const framed = tokens + messages.length * perMessage + once;
  // The margin of an estimate covers the template too, except in short prompts.
  const planned = Math.max(framed, Math.ceil(tokens * marginOf(model.tokens)));
  return { tokens, planned, room: model.profile.contextWindow - planned };
}
