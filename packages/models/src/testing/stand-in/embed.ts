import type { ServerResponse } from 'node:http';
import { hashEmbedding } from '../hash-embedding.ts';
import type { CheckedScript } from '../script.ts';
import { HttpFailure, isRecord, sendJson } from './http.ts';
import type { ShelvedModel } from './model-shelf.ts';

/** Answers `/api/embed`: recorded vectors, hashed ones for other texts. */
export function answerEmbed(
  response: ServerResponse,
  {
    body,
    model,
    script,
  }: {
    readonly body: Readonly<Record<string, unknown>>;
    readonly model: ShelvedModel;
    readonly script: CheckedScript;
  },
): void {
  const started = performance.now();
  const inputs = inputsOf(body.input);
  if (inputs.length === 0) {
    sendJson(response, { model: body.model, embeddings: [] });
    return;
  }
  const options = isRecord(body.options) ? body.options : {};
  const asked = typeof options.num_ctx === 'number' ? options.num_ctx : model.contextLength;
  const window = Math.min(asked, model.contextLength);
  let tokens = 0;
  const embeddings = inputs.map((input) => {
    const length = model.tokens.count(input);
    if (length > window && body.truncate === false)
      throw new HttpFailure(400, 'the input length exceeds the context length');
    tokens += Math.min(length, window);
    const text =
      length > window ? input.slice(0, Math.floor((input.length * window) / length)) : input;
    const recorded = script.embeddings.find(
      (entry) => entry.model === body.model && entry.text === text,
    );
    return shorten(
      recorded?.vector ?? [...hashEmbedding(text, model.embeddingLength)],
      body.dimensions,
    );
  });
  const ns = Math.max(1, Math.round((performance.now() - started) * 1e6));
  sendJson(response, {
    model: body.model,
    embeddings,
    total_duration: ns,
    load_duration: 1,
    ...(tokens > 0 && { prompt_eval_count: tokens }),
  });
}

function inputsOf(input: unknown): string[] {
  if (input === undefined || input === null || input === '') return [];
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.some((text) => typeof text !== 'string'))
    throw new HttpFailure(400, 'invalid input type');
  return input;
}

/** `dimensions` cuts a vector and makes it one of length 1 again. */
function shorten(vector: readonly number[], dimensions: unknown): number[] {
  const wanted = typeof dimensions === 'number' && dimensions > 0 ? dimensions : vector.length;
  const kept = vector.slice(0, wanted);
  const length = Math.hypot(...kept);
  return length === 0 ? kept : kept.map((value) => value / length);
}
