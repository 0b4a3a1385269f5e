import { HttpFailure, isRecord } from './http.ts';
import type { ShelvedModel } from './model-shelf.ts';
import type { PromptMessage } from './prompt-window.ts';

type Body = Readonly<Record<string, unknown>>;

/** The messages of `/api/chat`, or the prompt of `/api/generate` as such. */
export function messagesOf(body: Body): PromptMessage[] {
  if (typeof body.prompt === 'string' && body.prompt !== '') {
    const system =
      typeof body.system === 'string' ? [{ role: 'system', content: body.system }] : [];
    return [...system, { role: 'user', content: body.prompt }];
  }
  if (!Array.isArray(body.messages)) return [];
  return body.messages.map((message: unknown) => {
    if (!isRecord(message) || typeof message.role !== 'string')
      throw new HttpFailure(400, 'json: cannot unmarshal message');
    return {
      role: message.role,
      content: typeof message.content === 'string' ? message.content : '',
    };
  });
}

/** Refuses, in the words of Ollama, what it refuses before a model is loaded. */
export function refuseWhatTheModelCannot({
  body,
  model,
}: {
  readonly body: Body;
  readonly model: ShelvedModel;
}): void {
  const quoted = JSON.stringify(body.model);
  const thinks = model.capabilities.includes('thinking');
  if (body.think !== undefined && body.think !== false && body.think !== null && !thinks)
    throw new HttpFailure(400, `${quoted} does not support thinking`);
  if (!model.capabilities.includes('completion'))
    throw new HttpFailure(400, `${quoted} does not support chat`);
  if (Array.isArray(body.tools) && body.tools.length > 0 && !model.capabilities.includes('tools'))
    throw new HttpFailure(400, `${model.name} does not support tools`);
  const logprobs = body.top_logprobs;
  if (typeof logprobs === 'number' && (logprobs < 0 || logprobs > 20))
    throw new HttpFailure(400, 'top_logprobs must be between 0 and 20');
  const { format } = body;
  if (format !== undefined && format !== '' && format !== 'json' && !isRecord(format))
    throw new HttpFailure(
      500,
      `invalid format: ${JSON.stringify(format)}; expected "json" or a valid JSON Schema object`,
    );
}

/** Whether `keep_alive` asks to unload. */
export function isZero(keepAlive: unknown): boolean {
  return keepAlive === 0 || (typeof keepAlive === 'string' && /^0[a-z]*$/.test(keepAlive));
}
