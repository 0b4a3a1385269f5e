import { z } from 'zod';
import { requestHash, type StandInModel, type StandInRule, type StandInScript } from './script.ts';

/** What was seen so far. */
export interface Recording {
  readonly rules: Map<string, StandInRule>;
  readonly models: Map<string, StandInModel>;
  readonly vectors: Map<string, { model: string; text: string; vector: number[] }>;
  script(): StandInScript;
}

export function startRecording(): Recording {
  const rules = new Map<string, StandInRule>();
  const models = new Map<string, StandInModel>();
  const vectors = new Map<string, { model: string; text: string; vector: number[] }>();
  return {
    rules,
    models,
    vectors,
    script: () => ({
      format: 'ollama-script',
      version: 1,
      models: [...models.values()],
      rules: [...rules.values()],
      embeddings: [...vectors.values()],
    }),
  };
}

const chatRequest = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).optional(),
  system: z.string().optional(),
  prompt: z.string().optional(),
  format: z.unknown().optional(),
  think: z.unknown().optional(),
  options: z
    .object({ temperature: z.unknown().optional(), seed: z.unknown().optional() })
    .optional(),
});

const answerLine = z.object({
  message: z
    .object({ content: z.string().default(''), thinking: z.string().default('') })
    .optional(),
  response: z.string().optional(),
  thinking: z.string().optional(),
  done: z.boolean(),
  done_reason: z.string().optional(),
  prompt_eval_count: z.number().optional(),
  eval_count: z.number().optional(),
});

const embedExchange = z.object({
  request: z.object({ model: z.string(), input: z.union([z.string(), z.array(z.string())]) }),
  answer: z.object({ embeddings: z.array(z.array(z.number())) }),
});

const showExchange = z.object({
  request: z.object({ model: z.string() }),
  answer: z.object({
    capabilities: z.array(z.string()).optional(),
    model_info: z.record(z.string(), z.unknown()).default({}),
    details: z.object({ parameter_size: z.string().optional() }).optional(),
  }),
});

/** Takes in one exchange; what is not understood, or not whole, is left out. */
export function recordExchange(
  recording: Recording,
  exchange: { readonly path: string; readonly request: string; readonly answer: string },
): void {
  const { path } = exchange;
  if (path === '/api/chat' || path === '/api/generate') recordChat(recording, exchange);
  if (path === '/api/embed') recordVectors(recording, exchange);
  if (path === '/api/show') recordModel(recording, exchange);
}

function recordChat(
  recording: Recording,
  exchange: { readonly request: string; readonly answer: string },
): void {
  const asked = chatRequest.safeParse(parsed(exchange.request)).data;
  const lines = exchange.answer
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => answerLine.safeParse(parsed(line)).data);
  const last = lines.at(-1);
  if (!asked || !last?.done || lines.includes(undefined)) return;
  const doneReason = z.enum(['stop', 'length']).safeParse(last.done_reason).data;
  if (doneReason === undefined) return; // only loaded or unloaded
  const messages = asked.messages ?? messagesOfPrompt(asked);
  const request = requestHash({
    model: asked.model,
    messages,
    format: asked.format,
    think: asked.think,
    temperature: asked.options?.temperature,
    seed: asked.options?.seed,
  });
  if (recording.rules.has(request)) return;
  const text = lines.map((line) => line?.message?.content ?? line?.response ?? '').join('');
  const thinking = lines.map((line) => line?.message?.thinking || line?.thinking || '').join('');
  recording.rules.set(request, {
    name: (messages.at(-1)?.content ?? '').slice(0, 80),
    when: { model: asked.model, request },
    answer: { text },
    doneReason,
    ...(thinking !== '' && { thinking }),
    usage: {
      promptTokens: last.prompt_eval_count ?? null,
      completionTokens: last.eval_count ?? null,
    },
  });
  if (!recording.models.has(asked.model)) recording.models.set(asked.model, { name: asked.model });
}

function messagesOfPrompt(asked: { system?: string | undefined; prompt?: string | undefined }) {
  const system = asked.system === undefined ? [] : [{ role: 'system', content: asked.system }];
  return [...system, { role: 'user', content: asked.prompt ?? '' }];
}

function recordVectors(
  recording: Recording,
  exchange: { readonly request: string; readonly answer: string },
): void {
  const seen = embedExchange.safeParse(bothParsed(exchange)).data;
  if (!seen) return;
  const { model, input } = seen.request;
  const texts = typeof input === 'string' ? [input] : input;
  for (const [index, text] of texts.entries()) {
    const vector = seen.answer.embeddings[index];
    if (!vector) continue;
    recording.vectors.set(JSON.stringify([model, text]), { model, text, vector });
    const known = recording.models.get(model);
    if (known?.embeddingLength === undefined)
      recording.models.set(model, { ...known, name: model, embeddingLength: vector.length });
  }
}

function recordModel(
  recording: Recording,
  exchange: { readonly request: string; readonly answer: string },
): void {
  const seen = showExchange.safeParse(bothParsed(exchange)).data;
  if (!seen) return;
  const { model_info: info, capabilities, details } = seen.answer;
  const ofModel = (field: string) => {
    const value = info[`${String(info['general.architecture'])}.${field}`];
    return typeof value === 'number' ? value : undefined;
  };
  const [contextLength, embeddingLength] = [ofModel('context_length'), ofModel('embedding_length')];
  const embeds = capabilities?.includes('embedding') ?? false;
  recording.models.set(seen.request.model, {
    name: seen.request.model,
    ...(contextLength !== undefined && { contextLength }),
    ...(capabilities && { capabilities }),
    ...(embeds && embeddingLength !== undefined && { embeddingLength }),
    ...(details?.parameter_size && { parameterSize: details.parameter_size }),
  });
}

function bothParsed({ request, answer }: { readonly request: string; readonly answer: string }) {
  return { request: parsed(request), answer: parsed(answer) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
