import { z } from 'zod';
import type { EmbeddingModel } from '../embedding-model.ts';
import {
  EmbeddingMismatchError,
  isModelError,
  MalformedResponseError,
  PromptTooLongError,
} from '../errors.ts';
import { assertPositiveInteger } from '../positive-integer.ts';
import { saysPromptTooLong } from './failure.ts';
import { fullModelName } from './model-name.ts';
import { parseOllamaHost } from './ollama-host.ts';
import type { OllamaConnection } from './ollama-options.ts';
import { request } from './request.ts';
import { withRetries } from './retry.ts';

export interface OllamaEmbeddingModelOptions extends OllamaConnection {
  /** Such as `nomic-embed-text`. */
  readonly model: string;
  /** Expected length of the vectors; another one is an error. @default what the first answer has */
  readonly dimension?: number | undefined;
  /** Texts per request. @default 32 */
  readonly batchSize?: number | undefined;
  /** Sent as `num_ctx`, always the same. @default 2 048 */
  readonly contextWindow?: number | undefined;
  /** A longer text is embedded by its beginning; false makes it a PromptTooLongError. @default true */
  readonly truncate?: boolean | undefined;
  /** Per batch. @default 120 000 */
  readonly timeoutMs?: number | undefined;
}

const embedAnswer = z.object({
  model: z.string().optional(),
  embeddings: z.array(z.array(z.number())),
});

/** An embedding model that Ollama runs. Vectors come back with length 1. */
export function ollamaEmbeddingModel(options: OllamaEmbeddingModelOptions): EmbeddingModel {
  const { model, batchSize = 32, timeoutMs = 120_000 } = options;
  const host = parseOllamaHost(options.host);
  assertPositiveInteger('maxConcurrent', options.maxConcurrent ?? 1);
  assertPositiveInteger('batchSize', batchSize);
  let dimension = options.dimension ?? null;

  const embedBatch = async (
    input: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array[]> => {
    const context = {
      host,
      model,
      signal,
      timeoutMs,
      headers: options.headers,
      maxConcurrent: options.maxConcurrent ?? 1,
    };
    const body = {
      model,
      input: [...input],
      truncate: options.truncate ?? true,
      keep_alive: options.keepAlive ?? '30m',
      options: { num_ctx: options.contextWindow ?? 2_048 },
    };
    const { now, sleep, random } = options;
    const answer = await withRetries(() => request(context, ({ client }) => client.embed(body)), {
      forMs: 2_000,
      ...options.retry,
      now,
      sleep,
      random,
      signal,
    });
    return checked(answer, input.length);
  };

  const checked = (answer: unknown, texts: number): Float32Array[] => {
    const parsed = embedAnswer.safeParse(answer);
    if (!parsed.success)
      throw new MalformedResponseError({ host, detail: 'no embeddings in the answer' });
    const { embeddings, model: answering = model } = parsed.data;
    if (fullModelName(answering) !== fullModelName(model))
      throw new EmbeddingMismatchError({ model, expected: model, actual: answering });
    if (embeddings.length !== texts)
      throw new MalformedResponseError({
        host,
        detail: `${embeddings.length} vectors for ${texts} texts`,
      });
    for (const vector of embeddings) {
      dimension ??= vector.length;
      if (vector.length === 0 || vector.length !== dimension)
        throw new EmbeddingMismatchError({
          model,
          expected: `${dimension} dimensions`,
          actual: `${vector.length}`,
        });
    }
    return embeddings.map(unitVector);
  };

  return {
    id: model,
    get dimension() {
      return dimension;
    },
    async embed(texts, { signal } = {}) {
      signal?.throwIfAborted();
      const vectors: Float32Array[] = [];
      try {
        for (let start = 0; start < texts.length; start += batchSize)
          vectors.push(...(await embedBatch(texts.slice(start, start + batchSize), signal)));
      } catch (error) {
        if (!isModelError(error, 'REQUEST_REJECTED') || !saysPromptTooLong(error.message))
          throw error;
        throw new PromptTooLongError({
          model,
          promptTokens: 0,
          maxTokens: 0,
          contextWindow: options.contextWindow ?? 2_048,
          refusedBy: 'host',
          cause: error,
        });
      }
      return vectors;
    },
  };
}

function unitVector(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => (length === 0 ? 0 : value / length));
}
