import type { ChatRequest } from 'ollama';
import type { GenerateRequest } from '../language-model.ts';
import type { ModelProfile } from '../model-profile.ts';

/** What is sent: every option that Ollama would otherwise choose by itself, each time. */
export function chatBody(
  asked: GenerateRequest,
  {
    profile,
    model,
    keepAlive,
  }: { profile: ModelProfile; model: string; keepAlive: string | number },
): ChatRequest {
  const body = {
    model,
    messages: asked.messages.map(({ role, content }) => ({ role, content })),
    keep_alive: keepAlive,
    think: asked.think ?? false,
    truncate: false,
    shift: false,
    ...(asked.format && { format: asked.format }),
    options: {
      num_ctx: profile.contextWindow,
      num_predict: asked.maxTokens,
      temperature: asked.temperature ?? 0,
      ...(asked.seed !== undefined && { seed: asked.seed }),
      ...(asked.stop && { stop: [...asked.stop] }),
    },
  };
  return body; // `truncate` and `shift` are not in the client's types; it sends the object as it is
}
