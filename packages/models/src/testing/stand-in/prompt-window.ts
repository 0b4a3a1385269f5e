import type { TokenCounter } from '../../token-counter.ts';
import { HttpFailure } from './http.ts';

export interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

/** What the model gets to read. */
export interface SeenPrompt {
  readonly messages: readonly PromptMessage[];
  readonly tokens: number;
  readonly truncated: boolean;
}

const numKeep = 4;
const templateTokens = 5;

/**
 * Fits messages into a window the way Ollama does it (server/prompt.go, llm/llama_server.go).
 *
 * With `truncate` the oldest messages go first, never the system's nor the last; then, with `shift`,
 * the beginning of what is left, down to half of the window: the system prompt is lost, and nobody
 * is told.
 *
 * @throws HttpFailure 400 where Ollama refuses
 */
export function fitPrompt(
  messages: readonly PromptMessage[],
  window: {
    readonly size: number;
    readonly truncate: boolean;
    readonly shift: boolean;
    readonly tokens: TokenCounter;
  },
): SeenPrompt {
  const total = (list: readonly PromptMessage[]) =>
    list.reduce((sum, { content }) => sum + window.tokens.count(content) + templateTokens, 0);
  const all = total(messages);
  const limit = window.size - 1;
  if (all <= limit) return { messages, tokens: all, truncated: false };
  if (!window.truncate)
    throw new HttpFailure(
      400,
      `request (${all} tokens) exceeds the available context size (${window.size} tokens), try increasing it`,
    );
  const kept = dropOldest(messages, (list) => total(list) <= window.size);
  const tokens = total(kept);
  if (tokens <= limit) return { messages: kept, tokens, truncated: true };
  if (!window.shift)
    throw new HttpFailure(
      400,
      'the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the context length in settings, or use a model with a longer context length',
    );
  return { ...dropHead(kept, { tokens, size: window.size }), truncated: true };
}

function dropOldest(
  messages: readonly PromptMessage[],
  fits: (list: readonly PromptMessage[]) => boolean,
): readonly PromptMessage[] {
  for (let from = 0; from < messages.length; from += 1) {
    const system = messages.slice(0, from).filter(({ role }) => role === 'system');
    const kept = [...system, ...messages.slice(from)];
    if (fits(kept) || from === messages.length - 1) return kept;
  }
  return messages;
}

/** The first `num_keep` tokens and the end of the prompt stay; which message they came from is lost. */
function dropHead(
  messages: readonly PromptMessage[],
  { tokens, size }: { readonly tokens: number; readonly size: number },
): Omit<SeenPrompt, 'truncated'> {
  const text = messages.map(({ role, content }) => `${role}\n${content}`).join('\n');
  const limit = size - Math.max(Math.floor((size - numKeep) / 2), 1);
  const perToken = text.length / tokens;
  const head = text.slice(0, Math.floor(numKeep * perToken));
  const tail = text.slice(text.length - Math.floor((limit - numKeep) * perToken));
  return { messages: [{ role: 'user', content: head + tail }], tokens: limit };
}
