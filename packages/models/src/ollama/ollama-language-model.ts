import type { ChatRequest } from 'ollama';
import { calibratedCounter } from '../counting/calibrated-counter.ts';
import { estimatingCounter } from '../counting/estimating-counter.ts';
import { InvalidRequestError, isModelError, PromptTooLongError } from '../errors.ts';
import type { GenerateRequest, LanguageModel } from '../language-model.ts';
import { type ModelProfile, modelProfile } from '../model-profile.ts';
import { assertPositiveInteger } from '../positive-integer.ts';
import { type PromptSize, promptSize } from '../prompt-size.ts';
import type { TokenCounter } from '../token-counter.ts';
import { chatBody } from './chat-body.ts';
import { saysPromptTooLong } from './failure.ts';
import { parseOllamaHost } from './ollama-host.ts';
import type { OllamaConnection } from './ollama-options.ts';
import { type Answer, parseLine, readAnswer } from './read-answer.ts';
import { type RequestContext, request } from './request.ts';
import { withRetries } from './retry.ts';
import { assertWholePrompt } from './whole-prompt.ts';

export interface OllamaLanguageModelOptions extends OllamaConnection {
  /** Such as `mistral:7b`. */
  readonly model: string;
  /** Its `contextWindow` is sent as `num_ctx`, always the same, since Ollama reloads the model otherwise. @default modelProfile(model) */
  readonly profile?: ModelProfile | undefined;
  /** @default an estimate for the model's family, its margin calibrated by what Ollama reports */
  readonly tokens?: TokenCounter | undefined;
  /** From sending to the first token, loading the model included. @default 300 000 */
  readonly firstTokenTimeoutMs?: number | undefined;
  /** From sending to the last token. @default 1 200 000 */
  readonly timeoutMs?: number | undefined;
}

/** A model that Ollama runs. Nothing is sent until it is asked. */
export function ollamaLanguageModel(options: OllamaLanguageModelOptions): LanguageModel {
  const { model, firstTokenTimeoutMs = 300_000, timeoutMs = 1_200_000 } = options;
  const host = parseOllamaHost(options.host);
  assertPositiveInteger('maxConcurrent', options.maxConcurrent ?? 1);
  const profile = options.profile ?? modelProfile(model);
  const tokens = calibratedCounter(options.tokens ?? estimatingCounter(profile.family));

  return {
    id: model,
    host,
    profile,
    tokens,
    async generate(asked, { signal } = {}) {
      signal?.throwIfAborted();
      assertSensible(asked);
      const size = assertFits({ id: model, profile, tokens }, asked);
      const context: RequestContext = {
        host,
        model,
        signal,
        firstTokenTimeoutMs,
        timeoutMs,
        headers: options.headers,
        maxConcurrent: options.maxConcurrent ?? 1,
        checkLine: (line) => parseLine(line, host),
      };
      const body = chatBody(asked, { profile, model, keepAlive: options.keepAlive ?? '30m' });
      const now = options.now ?? Date.now;
      const started = now();
      const clock = { now, sleep: options.sleep, random: options.random };
      const answer = await withRetries(
        () => ask({ context, body, asked, promptTokens: size.planned }, profile),
        {
          ...options.retry,
          ...clock,
          signal,
        },
      );
      const counted = assertWholePrompt({ model: { id: model, profile, tokens }, asked, answer });
      if (counted) tokens.observe(counted);
      return { ...answer, model, durationMs: now() - started };
    },
  };
}

async function ask(
  call: {
    readonly context: RequestContext;
    readonly body: ChatRequest;
    readonly asked: GenerateRequest;
    readonly promptTokens: number;
  },
  profile: ModelProfile,
): Promise<Answer> {
  let hookFailure: { readonly error: unknown } | undefined;
  const onToken: GenerateRequest['onToken'] = (delta) => {
    try {
      call.asked.onToken?.(delta);
    } catch (error) {
      hookFailure = { error };
      throw error;
    }
  };
  try {
    return await request(call.context, (running) => readAnswer({ ...call, onToken }, running));
  } catch (error) {
    if (hookFailure) throw hookFailure.error;
    const refusal = isModelError(error, 'REQUEST_REJECTED') || isModelError(error, 'STREAM_FAILED');
    if (!refusal || !saysPromptTooLong(error.message)) throw error;
    throw new PromptTooLongError({
      model: call.context.model,
      promptTokens: call.promptTokens,
      maxTokens: call.asked.maxTokens,
      contextWindow: profile.contextWindow,
      refusedBy: 'host',
      cause: error,
    });
  }
}

function assertSensible({ messages, maxTokens }: GenerateRequest): void {
  if (messages.length === 0)
    throw new InvalidRequestError({ field: 'messages', detail: 'there must be at least one' });
  assertPositiveInteger('maxTokens', maxTokens);
}

function assertFits(
  model: Pick<LanguageModel, 'id' | 'profile' | 'tokens'>,
  { messages, maxTokens }: GenerateRequest,
): PromptSize {
  const size = promptSize(model, messages);
  if (maxTokens <= size.room) return size;
  const { contextWindow } = model.profile;
  throw new PromptTooLongError({
    model: model.id,
    promptTokens: size.planned,
    maxTokens,
    contextWindow,
    refusedBy: 'us',
  });
}
