import type { ChatRequest } from 'ollama';
import { calibratedCounter } from '../counting/calibrated-counter.ts';
import { estimatingCounter } from '../counting/estimating-counter.ts';
import {
  IncompleteResponseError,
  InvalidRequestError,
  isModelError,
  MalformedResponseError,
  PromptTooLongError,
  StreamCutError,
  StreamFailedError,
} from '../errors.ts';
import type { GenerateRequest, GenerateResult, LanguageModel } from '../language-model.ts';
import { type ModelProfile, modelProfile } from '../model-profile.ts';
import { assertPositiveInteger } from '../positive-integer.ts';
import { type PromptSize, promptSize } from '../prompt-size.ts';
import { stripThinking } from '../strip-thinking.ts';
import type { TokenCounter } from '../token-counter.ts';
import { type ChatLine, chatLine, collectAnswer } from './chat-answer.ts';
import { isConnectionLoss, saysPromptTooLong } from './failure.ts';
import { parseOllamaHost } from './ollama-host.ts';
import type { OllamaConnection } from './ollama-options.ts';
import { type RequestContext, type RunningRequest, request } from './request.ts';
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

type Answer = Pick<GenerateResult, 'text' | 'thinking' | 'finish' | 'usage'>;

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

async function readAnswer(
  call: {
    readonly context: RequestContext;
    readonly body: ChatRequest;
    readonly onToken: NonNullable<GenerateRequest['onToken']>;
  },
  { client, exchange, heard }: RunningRequest,
): Promise<Answer> {
  const { model, host } = call.context;
  const answer = collectAnswer();
  const stream = await client.chat({ ...call.body, stream: true });
  try {
    for await (const part of stream) {
      const deltas = answer.add(parseLine(part, host));
      if (deltas.length > 0) heard();
      deltas.forEach(call.onToken);
    }
  } catch (error) {
    const partialText = answer.text();
    if (exchange.errorLine !== null)
      throw new StreamFailedError({ model, detail: exchange.errorLine, partialText, cause: error });
    if (isConnectionLoss(error))
      throw new StreamCutError({ model, how: 'reset', partialText, cause: error });
    if (answer.result() || !endedWithoutDone(error)) throw error;
    throw exchange.contentType.startsWith('application/json')
      ? new IncompleteResponseError({ model, partialText })
      : new StreamCutError({ model, how: 'ended', partialText, cause: error });
  }
  const result = answer.result();
  if (result === undefined)
    throw new StreamCutError({ model, how: 'ended', partialText: answer.text() });
  const separated = stripThinking(result.text);
  return {
    ...result,
    text: separated.text,
    thinking:
      [result.thinking, separated.thinking].filter((part) => part !== null).join('\n') || null,
  };
}

/** The client has no class for it; its words have been the same since 0.5. */
function endedWithoutDone(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Did not receive done');
}

function chatBody(
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

function parseLine(line: unknown, host: string): ChatLine {
  const parsed = chatLine.safeParse(line);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
  throw new MalformedResponseError({ host, detail });
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
