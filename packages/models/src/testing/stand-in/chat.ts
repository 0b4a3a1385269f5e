import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CheckedScript,
  findRule,
  noRuleMessage,
  type StandInFault,
  type StandInRule,
} from '../script.ts';
import { answerPieces } from './answer-pieces.ts';
import { breakOff, tokensBefore } from './break-off.ts';
import { content, finalLine, type Piece } from './chat-lines.ts';
import { isZero, messagesOf, refuseWhatTheModelCannot } from './chat-request.ts';
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
  const thinks = scene.model.capabilities.includes('thinking') && body.think !== false;
  const { pieces, reason } = answerPieces(rule, { thinks, room, options: speech.options });
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
