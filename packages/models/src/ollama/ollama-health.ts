import { z } from 'zod';
import { isModelError, MalformedResponseError } from '../errors.ts';
import type { HostHealth, PresentModel } from '../host-health.ts';
import { fullModelName } from './model-name.ts';
import { parseOllamaHost } from './ollama-host.ts';
import { type RequestContext, request } from './request.ts';

export interface OllamaHealthOptions {
  /** As in OLLAMA_HOST. @default '127.0.0.1:11434' */
  readonly host?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The models that should be there. @default none */
  readonly models?: readonly string[] | undefined;
  /** For each of the questions asked. @default 5 000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const versionAnswer = z.object({ version: z.string() });
const tagsAnswer = z.object({
  models: z
    .array(z.object({ name: z.string() }))
    .nullish()
    .transform((models) => models ?? []),
});
const showAnswer = z.object({
  capabilities: z
    .array(z.string())
    .nullish()
    .transform((names) => names ?? []),
  model_info: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((info) => info ?? {}),
});

/**
 * Asks an Ollama whether it is there and has the models that are needed. Does not load any model.
 *
 * Never waits in the host's line: a busy Ollama is healthy.
 *
 * @throws only the signal's reason; that the host does not answer is an answer
 */
export async function ollamaHealth(options: OllamaHealthOptions = {}): Promise<HostHealth> {
  const host = parseOllamaHost(options.host);
  const { headers, signal, timeoutMs = 5_000, models = [] } = options;
  const contextFor = (model: string): RequestContext => ({
    host,
    model,
    headers,
    signal,
    timeoutMs,
  });
  const parse = <T>(schema: z.ZodType<T>, value: unknown): T => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new MalformedResponseError({ host, detail: z.prettifyError(parsed.error) });
  };
  const show = async (model: string): Promise<PresentModel | undefined> => {
    try {
      const answer: unknown = await request(contextFor(model), ({ client }) =>
        client.show({ model }),
      );
      const { capabilities, model_info } = parse(showAnswer, answer);
      return { id: model, capabilities, contextWindow: contextWindowIn(model_info) };
    } catch (error) {
      if (isModelError(error, 'MODEL_NOT_FOUND')) return undefined;
      throw error;
    }
  };
  try {
    const { version } = parse(
      versionAnswer,
      await request(contextFor(''), ({ client }) => client.version()),
    );
    const tags = parse(tagsAnswer, await request(contextFor(''), ({ client }) => client.list()));
    const installed = tags.models.map(({ name }) => name);
    const names = new Set(installed.map(fullModelName));
    const shown = await Promise.all(
      models.map(async (model) => (names.has(fullModelName(model)) ? show(model) : undefined)),
    );
    return {
      reachable: true,
      host,
      version,
      standIn: /stand-?in/i.test(version),
      installed,
      present: shown.filter((model) => model !== undefined),
      missing: models.filter((_, index) => shown[index] === undefined),
    };
  } catch (error) {
    if (signal?.aborted || !isModelError(error)) throw error;
    return { reachable: false, host, error };
  }
}

function contextWindowIn(info: Readonly<Record<string, unknown>>): number | null {
  const window = info[`${String(info['general.architecture'])}.context_length`];
  return typeof window === 'number' ? window : null;
}
