import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { pseudoTokens } from '../pseudo-tokens.ts';
import {
  answerText,
  type CheckedScript,
  findRule,
  noRuleMessage,
  type StandInFault,
  type StandInRule,
  thinkingText,
} from '../script.ts';
import type { FaultPlan } from './fault-plan.ts';
import { HttpFailure, isRecord, sendJson } from './http.ts';
import type { ShelvedModel } from './model-shelf.ts';
import { fitPrompt, type PromptMessage, type SeenPrompt } from './prompt-window.ts';
import type { OpenRequest } from './request-log.ts';
import type { Runner } from './runner.ts';
import { writeLines, writeText } from './token-stream.ts';

/** What answering a chat needs to know. */
export interface ChatScene {
  readonly script: CheckedScript;
  readonly faults: FaultPlan;
  readonly model: ShelvedModel;
  readonly runner: Runner;
  readonly body: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly entry: OpenRequest;
  readonly tokensPerSecond: number | undefined;
  readonly loadMs: number;
  readonly now: () => number;
}

/** Ollama's window when a request names none and the machine has less than 23 GiB of video memory. */
const defaultWindow = 4_096;

/** Answers `/api/chat` and `/api/generate`. */
export async function answerChat(response: ServerResponse, scene: ChatScene): Promise<void> {
  const { body, signal, runner, entry } = scene;
  const messages = messagesOf(body);
  const name = String(body.model);
  refuseWhatTheModelCannot(scene);
  if (messages.length === 0 && isZero(body.keep_alive)) {
    runner.unload();
    return sendJson(response, finalLine(scene, { reason: 'unload' }));
  }
  const options = isRecord(body.options) ? body.options : {};
  const started = performance.now();
  const { loaded, release } = await runner.acquire({ options, shift: body.shift }, signal);
  try {
    if (loaded && scene.loadMs > 0) await delay(scene.loadMs, undefined, { signal });
    if (messages.length === 0) return sendJson(response, finalLine(scene, { reason: 'load' }));
    const ordered = scene.faults.take({ path: scene.path, model: name });
    const seen = readPrompt(messages, { scene, options, fault: ordered });
    entry.promptTokens = seen.tokens;
    entry.truncated = seen.truncated;
    const asked = {
      model: name,
      messages: seen.messages,
      format: body.format,
      think: body.think,
      temperature: options.temperature,
      seed: options.seed,
    };
    const rule = findRule(scene.script.rules, asked);
    const fault = ordered ?? scene.faults.take({ path: '', model: name, ofRule: rule?.fault });
    entry.rule = fault ? `fault: ${fault.kind}` : (rule?.name ?? null);
    if (fault?.kind === 'busy')
      throw new HttpFailure(
        503,
        'server busy, please try again.  maximum pending requests exceeded',
      );
    if (fault?.kind === 'server-error')
      throw new HttpFailure(500, fault.message ?? 'llama runner process has terminated');
    if (!rule && !fault) throw new HttpFailure(500, noRuleMessage(asked));
    const loadedAt = performance.now();
    if (rule?.delayMs) await delay(rule.delayMs, undefined, { signal });
    await speak(response, { scene, rule, fault, seen, options, started, loadedAt });
  } finally {
    release();
  }
}

interface Speech {
  readonly scene: ChatScene;
  readonly rule: StandInRule | undefined;
  readonly fault: StandInFault | undefined;
  readonly seen: SeenPrompt;
  readonly options: Readonly<Record<string, unknown>>;
  readonly started: number;
  readonly loadedAt: number;
}

async function speak(response: ServerResponse, speech: Speech): Promise<void> {
  const { scene, rule, fault, seen } = speech;
  const { body, entry, signal } = scene;
  const room = windowOf(speech) - seen.tokens;
  const { pieces, reason } = pieceOut(speech, room);
  const spoken = pieces.slice(0, fault ? tokensBefore(fault) : undefined);
  const pace = {
    tokensPerSecond: rule?.tokensPerSecond ?? scene.tokensPerSecond,
    signal,
    split: fault?.kind === 'split',
  };
  const usage = rule?.usage ?? { promptTokens: seen.tokens, completionTokens: pieces.length };
  const last = () =>
    finalLine(scene, {
      reason,
      durations: { started: speech.started, loadedAt: speech.loadedAt },
      ...(fault?.kind !== 'no-counts' && { usage }),
    });

  if (body.stream === false || fault?.kind === 'not-done') {
    const said = spoken.reduce<Piece>(
      (all, piece) => ({ text: all.text + piece.text, thinking: all.thinking + piece.thinking }),
      { text: '', thinking: '' },
    );
    entry.tokensSent = spoken.length;
    if (fault && (await breakOff(response, fault, { signal, begun: false }))) return;
    const done = fault?.kind === 'not-done' ? finalLine(scene, { reason: null }) : last();
    return sendJson(response, { ...done, ...content(scene, said) });
  }
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  const lines = spoken.map((piece) => ({
    model: body.model,
    created_at: new Date(scene.now()).toISOString(),
    ...content(scene, piece),
    done: false,
  }));
  await writeLines(response, lines, { ...pace, onLine: () => (entry.tokensSent += 1) });
  if (fault && (await breakOff(response, fault, { signal, begun: true }))) return;
  await writeText(response, `${JSON.stringify(last())}\n`, pace);
  response.end();
}

/** How much of the answer a fault lets through: without `afterTokens` nothing. */
function tokensBefore(fault: StandInFault): number | undefined {
  switch (fault.kind) {
    case 'reset':
    case 'cut':
    case 'not-done':
    case 'stream-error':
    case 'malformed':
    case 'stall':
      return fault.afterTokens ?? 0;
    case 'busy':
    case 'server-error':
    case 'no-counts':
    case 'split':
    case 'ignore-window':
      return undefined;
  }
}

/** Ends an answer the way a fault ends it; false when the fault does not end it. */
async function breakOff(
  response: ServerResponse,
  fault: StandInFault,
  { signal, begun }: { readonly signal: AbortSignal; readonly begun: boolean },
): Promise<boolean> {
  switch (fault.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'cut':
      response.end();
      return true;
    case 'stream-error':
      response.end(
        `${JSON.stringify({ error: fault.message ?? 'an error was encountered while running the model' })}\n`,
      );
      return true;
    case 'malformed':
      if (!begun) response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
      response.end('<html>this is no JSON</html>\n');
      return true;
    case 'stall':
      if (begun) response.flushHeaders();
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      return true;
    case 'busy':
    case 'server-error':
    case 'not-done':
    case 'no-counts':
    case 'split':
    case 'ignore-window':
      return false;
  }
}

interface Piece {
  readonly text: string;
  readonly thinking: string;
}

/** The answer in tokens, as far as `num_predict` and the window let it go. */
function pieceOut(
  { scene, rule, options }: Speech,
  room: number,
): { readonly pieces: readonly Piece[]; readonly reason: 'stop' | 'length' } {
  const text = rule ? answerText(rule) : 'The stand-in was told to fail here.';
  const thinks = scene.model.capabilities.includes('thinking') && scene.body.think !== false;
  const all: Piece[] = [
    ...pseudoTokens(thinks && rule ? thinkingText(rule) : '').map((thinking) => ({
      text: '',
      thinking,
    })),
    ...pseudoTokens(beforeStop(text, options.stop)).map((piece) => ({ text: piece, thinking: '' })),
  ];
  if (rule?.doneReason) return { pieces: all, reason: rule.doneReason };
  const asked = typeof options.num_predict === 'number' ? options.num_predict : -1;
  const limit = Math.min(asked < 0 ? Number.POSITIVE_INFINITY : asked, Math.max(room, 0));
  return all.length > limit
    ? { pieces: all.slice(0, limit), reason: 'length' }
    : { pieces: all, reason: 'stop' };
}

function beforeStop(text: string, stop: unknown): string {
  const stops = Array.isArray(stop) ? stop.filter((word) => typeof word === 'string') : [];
  const ends = stops.map((word) => text.indexOf(word)).filter((at) => at >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function readPrompt(
  messages: readonly PromptMessage[],
  {
    scene,
    options,
    fault,
  }: {
    readonly scene: ChatScene;
    readonly options: Readonly<Record<string, unknown>>;
    readonly fault: StandInFault | undefined;
  },
): SeenPrompt {
  const { model, body } = scene;
  const ignored = fault?.kind === 'ignore-window';
  return fitPrompt(messages, {
    size: ignored ? fault.contextLength : requestedWindow(options, model),
    truncate: ignored || body.truncate !== false,
    shift: ignored || body.shift !== false,
    tokens: model.tokens,
  });
}

function windowOf({ fault, options, scene }: Speech): number {
  return fault?.kind === 'ignore-window'
    ? fault.contextLength
    : requestedWindow(options, scene.model);
}

/** No more than the model was trained for, whatever is asked. */
function requestedWindow(options: Readonly<Record<string, unknown>>, model: ShelvedModel): number {
  const asked = typeof options.num_ctx === 'number' ? options.num_ctx : defaultWindow;
  return Math.min(asked, model.contextLength);
}

function messagesOf(body: Readonly<Record<string, unknown>>): PromptMessage[] {
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

function refuseWhatTheModelCannot({ body, model }: ChatScene): void {
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

/** The words of a line, where each of the two endpoints has them. */
function content({ path }: ChatScene, { text, thinking }: Piece): Record<string, unknown> {
  const thought = thinking === '' ? {} : { thinking };
  return path === '/api/generate'
    ? { response: text, ...thought }
    : { message: { role: 'assistant', content: text, ...thought } };
}

/** The last line; durations in nanoseconds. */
function finalLine(
  scene: ChatScene,
  end: {
    /** null: not done. */
    readonly reason: 'stop' | 'length' | 'load' | 'unload' | null;
    readonly durations?: { readonly started: number; readonly loadedAt: number };
    readonly usage?: {
      readonly promptTokens: number | null;
      readonly completionTokens: number | null;
    };
  },
): Record<string, unknown> {
  const base = {
    model: scene.body.model,
    created_at: new Date(scene.now()).toISOString(),
    ...content(scene, { text: '', thinking: '' }),
  };
  if (end.reason === null) return { ...base, done: false };
  const durations = end.durations && nanoseconds(end.durations);
  // Zero and null are left out, as Ollama's own encoder does it.
  const counts = {
    ...(end.usage?.promptTokens && { prompt_eval_count: end.usage.promptTokens }),
    ...(end.usage?.completionTokens && { eval_count: end.usage.completionTokens }),
  };
  return { ...base, done: true, done_reason: end.reason, ...durations, ...counts };
}

function nanoseconds({ started, loadedAt }: { started: number; loadedAt: number }) {
  const toNs = (ms: number) => Math.max(1, Math.round(ms * 1e6));
  const answering = performance.now() - loadedAt;
  return {
    total_duration: toNs(performance.now() - started),
    load_duration: toNs(loadedAt - started),
    prompt_eval_duration: toNs(answering / 10),
    eval_duration: toNs((answering * 9) / 10),
  };
}

function isZero(keepAlive: unknown): boolean {
  return keepAlive === 0 || (typeof keepAlive === 'string' && /^0[a-z]*$/.test(keepAlive));
}
