import { estimatingCounter } from '../counting/estimating-counter.ts';
import { ModelServerError, PromptTooLongError } from '../errors.ts';
import type { GenerateRequest, LanguageModel } from '../language-model.ts';
import { type ModelProfile, modelProfile } from '../model-profile.ts';
import { promptSize } from '../prompt-size.ts';
import type { TokenCounter } from '../token-counter.ts';
import { pseudoTokens } from './pseudo-tokens.ts';
import {
  answerText,
  findRule,
  noRuleMessage,
  parseScript,
  type StandInRule,
  type StandInScript,
  thinkingText,
} from './script.ts';

/** What a test says instead of a model: an answer, an error to throw, or undefined to go by the rules. */
export type ScriptedReply = string | Error | undefined;

export interface ScriptedLanguageModelOptions {
  /** @default 'scripted' */
  readonly id?: string | undefined;
  /** @default 'scripted:' and the id */
  readonly host?: string | undefined;
  readonly profile?: ModelProfile | undefined;
  readonly tokens?: TokenCounter | undefined;
  /** The rules of a script file; faults and speeds in it do not apply here. */
  readonly script?: StandInScript | undefined;
  /** Asked before the rules. */
  readonly reply?:
    | ((
        request: GenerateRequest,
        signal: AbortSignal | undefined,
      ) => ScriptedReply | Promise<ScriptedReply>)
    | undefined;
}

/** A model for tests that answers by rules, and remembers what it was asked. */
export interface ScriptedLanguageModel extends LanguageModel {
  readonly requests: readonly GenerateRequest[];
}

/**
 * A language model without a model: answers come from a script (see `parseScript`) or a function.
 *
 * Holds what a real one holds: refuses what does not fit, cuts at `maxTokens`, streams to `onToken`,
 * obeys the signal. A request that nothing answers fails with a ModelServerError that names it.
 */
export function scriptedLanguageModel(
  options: ScriptedLanguageModelOptions = {},
): ScriptedLanguageModel {
  const { id = 'scripted' } = options;
  const profile = options.profile ?? modelProfile(id);
  const tokens = options.tokens ?? estimatingCounter(profile.family);
  const host = options.host ?? `scripted:${id}`;
  const rules: readonly StandInRule[] = options.script ? parseScript(options.script).rules : [];
  const requests: GenerateRequest[] = [];

  const answerTo = async (
    asked: GenerateRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ text: string; thinking: string }> => {
    const reply = await orAbort(options.reply?.(asked, signal), signal);
    if (reply instanceof Error) throw reply;
    if (reply !== undefined) return { text: reply, thinking: '' };
    const scripted = { ...asked, model: id };
    const rule = findRule(rules, scripted);
    if (!rule) throw new ModelServerError({ host, status: 500, detail: noRuleMessage(scripted) });
    return { text: answerText(rule), thinking: asked.think ? thinkingText(rule) : '' };
  };

  return {
    id,
    host,
    profile,
    tokens,
    requests,
    async generate(asked, { signal } = {}) {
      signal?.throwIfAborted();
      const size = promptSize({ profile, tokens }, asked.messages);
      if (asked.maxTokens > size.room)
        throw new PromptTooLongError({
          model: id,
          promptTokens: size.planned,
          maxTokens: asked.maxTokens,
          contextWindow: profile.contextWindow,
          refusedBy: 'us',
        });
      requests.push(asked);
      const answer = await answerTo(asked, signal);
      signal?.throwIfAborted();
      const thought = pseudoTokens(answer.thinking).slice(0, asked.maxTokens);
      const said = pseudoTokens(answer.text);
      const kept = said.slice(0, asked.maxTokens - thought.length);
      for (const text of thought) asked.onToken?.({ kind: 'thinking', text });
      for (const text of kept) asked.onToken?.({ kind: 'text', text });
      return {
        text: kept.join(''),
        thinking: thought.length === 0 ? null : thought.join(''),
        finish: kept.length < said.length ? 'length' : 'stop',
        usage: { promptTokens: size.tokens, completionTokens: thought.length + kept.length },
        durationMs: 0,
        model: id,
      };
    },
  };
}

/** A reply that never comes still ends with the signal. */
function orAbort<T>(value: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return Promise.resolve(value);
  if (signal.aborted) {
    Promise.resolve(value).catch(() => {}); // nobody waits for it any more
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
