import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InvalidRequestError } from '../errors.ts';

const count = z.int().nonnegative();
const lines = z.union([z.string(), z.array(z.string())]);

/**
 * What goes wrong on demand.
 *
 * `afterTokens` is how many tokens of the answer arrive before; `times` how often it happens in the
 * life of the stand-in (without it: always).
 */
const fault = z.intersection(
  z.discriminatedUnion('kind', [
    /** HTTP 503, as a full queue answers. */
    z.object({ kind: z.literal('busy') }),
    /** HTTP 500. */
    z.object({ kind: z.literal('server-error'), message: z.string().optional() }),
    /** The connection is reset. */
    z.object({ kind: z.literal('reset'), afterTokens: count.optional() }),
    /** The stream ends properly, without its last message. */
    z.object({ kind: z.literal('cut'), afterTokens: count.optional() }),
    /** One JSON object with `done: false`. */
    z.object({ kind: z.literal('not-done'), afterTokens: count.optional() }),
    /** An error line after HTTP 200. */
    z.object({
      kind: z.literal('stream-error'),
      afterTokens: count.optional(),
      message: z.string().optional(),
    }),
    /** A line that is no JSON. */
    z.object({ kind: z.literal('malformed'), afterTokens: count.optional() }),
    /** Nothing more comes until the client leaves. */
    z.object({ kind: z.literal('stall'), afterTokens: count.optional() }),
    /** The token counts are left out. */
    z.object({ kind: z.literal('no-counts') }),
    /** The bytes arrive one by one, in the middle of lines and letters. */
    z.object({ kind: z.literal('split') }),
    /** The request's window and `truncate: false` are ignored, as old servers do: the head is lost. */
    z.object({ kind: z.literal('ignore-window'), contextLength: count }),
  ]),
  z.object({ times: count.optional() }),
);

const rule = z.strictObject({
  /** Shown in the log of requests. */
  name: z.string().optional(),
  /** All of these must hold; without any the rule answers everything. */
  when: z.strictObject({
    model: z.string().optional(),
    /** Texts that stand somewhere in the messages, after truncation. */
    contains: z.array(z.string()).optional(),
    /** Texts that stand nowhere in the messages. */
    notContains: z.array(z.string()).optional(),
    /** Texts that stand in the last message. */
    lastContains: z.array(z.string()).optional(),
    /** Whether JSON is asked for. */
    format: z.boolean().optional(),
    /** Exactly this request: its `requestHash`, as recordings have it. */
    request: z.string().optional(),
  }),
  answer: z.union([
    /** An array stands for lines. */
    z.strictObject({ text: lines }),
    z.strictObject({ json: z.unknown() }),
  ]),
  thinking: lines.optional(),
  /** How the answer ends, whatever its length. Recordings have it. @default by `num_predict` */
  doneReason: z.enum(['stop', 'length']).optional(),
  /** Before the first token. */
  delayMs: z.number().nonnegative().optional(),
  tokensPerSecond: z.number().positive().optional(),
  /** What to report instead of own counts. */
  usage: z
    .strictObject({ promptTokens: count.nullable(), completionTokens: count.nullable() })
    .optional(),
  fault: fault
    .refine(({ kind }) => kind !== 'ignore-window', {
      error: 'ignore-window comes before the rules: it can only be ordered',
    })
    .optional(),
});

const model = z.strictObject({
  name: z.string().min(1),
  /** Tokens it was trained for. @default that of the known profile, else 8 192 */
  contextLength: z.int().positive().optional(),
  /** @default completion; thinking too for Qwen 3 */
  capabilities: z.array(z.string()).optional(),
  /** Makes it an embedding model. */
  embeddingLength: z.int().positive().optional(),
  parameterSize: z.string().optional(),
});

const script = z.strictObject({
  format: z.literal('ollama-script'),
  version: z.literal(1),
  models: z.array(model).default([]),
  rules: z.array(rule).default([]),
  /** Recorded vectors; other texts get hashed ones. */
  embeddings: z
    .array(z.strictObject({ model: z.string(), text: z.string(), vector: z.array(z.number()) }))
    .default([]),
});

export type StandInFault = z.infer<typeof fault>;
export type StandInModel = z.infer<typeof model>;
export type StandInRule = z.infer<typeof rule>;
/** A script or a recording, as it stands in its file. */
export type StandInScript = z.input<typeof script>;
/** A script that was checked. */
export type CheckedScript = z.output<typeof script>;

/**
 * Checks a script or a recording.
 *
 * @throws InvalidRequestError naming the place that is wrong
 */
export function parseScript(value: unknown): CheckedScript {
  const parsed = script.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError({
    field: 'script',
    detail: z.prettifyError(parsed.error),
    cause: parsed.error,
  });
}

/** What of a request decides its answer. */
export interface ScriptedRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly format?: unknown;
  readonly think?: unknown;
  readonly temperature?: unknown;
  readonly seed?: unknown;
}

/** Identifies a request by all that decides its answer: not by windows, limits and times. */
export function requestHash(request: ScriptedRequest): string {
  const { model, messages, format, think, temperature, seed } = request;
  const content = [
    model,
    messages.map(({ role, content }) => [role, content]),
    format ?? null,
    think ?? null,
    temperature ?? null,
    seed ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/**
 * The rule that answers a request: the one with the most conditions; among equals the first.
 *
 * Depends on nothing but the request, so that the order of calls and restarts change nothing.
 */
export function findRule(
  rules: readonly StandInRule[],
  request: ScriptedRequest,
): StandInRule | undefined {
  let best: StandInRule | undefined;
  for (const candidate of rules) {
    if (!holds(candidate, request)) continue;
    if (best === undefined || conditions(candidate) > conditions(best)) best = candidate;
  }
  return best;
}

function holds({ when }: StandInRule, request: ScriptedRequest): boolean {
  const all = request.messages.map(({ content }) => content).join('\n');
  const last = request.messages.at(-1)?.content ?? '';
  return (
    (when.model === undefined || when.model === request.model) &&
    (when.contains ?? []).every((text) => all.includes(text)) &&
    !(when.notContains ?? []).some((text) => all.includes(text)) &&
    (when.lastContains ?? []).every((text) => last.includes(text)) &&
    (when.format === undefined ||
      when.format === (request.format !== undefined && request.format !== '')) &&
    (when.request === undefined || when.request === requestHash(request))
  );
}

/** A whole request outweighs any number of texts. */
function conditions({ when }: StandInRule): number {
  const texts = [when.contains, when.notContains, when.lastContains].flatMap((list) => list ?? []);
  const flags = [when.model, when.format].filter((flag) => flag !== undefined);
  return texts.length + flags.length + (when.request === undefined ? 0 : 1_000_000);
}

/** What a rule's model says. */
export function answerText({ answer }: StandInRule): string {
  return 'text' in answer ? joined(answer.text) : JSON.stringify(answer.json);
}

/** What a rule's model thinks before; '' when it does not. */
export function thinkingText({ thinking }: StandInRule): string {
  return thinking === undefined ? '' : joined(thinking);
}

function joined(text: string | readonly string[]): string {
  return typeof text === 'string' ? text : text.join('\n');
}

/** Says which request no rule answers, so that the missing rule can be written. */
export function noRuleMessage(request: ScriptedRequest): string {
  const head = (text: string) => JSON.stringify(text.slice(0, 160));
  const first = request.messages[0]?.content ?? '';
  const last = request.messages.at(-1)?.content ?? '';
  return (
    `the stand-in has no rule for this request to ${JSON.stringify(request.model)}; ` +
    `it begins with ${head(first)}, its last message with ${head(last)}`
  );
}
