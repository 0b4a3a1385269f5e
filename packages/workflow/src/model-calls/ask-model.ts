import type { ModelCall } from '@org/events';
import type { LanguageModel } from '@org/models';
import { type CallOptions, type CallResult, callModel } from './call-model.ts';
import { ladder, largerThan } from './ladder.ts';
import { ModelUnavailableError } from './model-faults.ts';
import type { ModelQuestion } from './model-question.ts';
import { OtherHostError } from './other-host-error.ts';

export interface AskOptions extends CallOptions {
  /** Smallest window first. */
  readonly models: readonly LanguageModel[];
  /** Calls that earlier executions of this step made; the new ones are numbered behind them. */
  readonly earlier: readonly ModelCall[];
  /** The one host that the first call may go to; null: any. */
  readonly host: string | null;
  readonly onCall?: ((call: ModelCall) => void) | undefined;
}

/** The answer, or why there is none; either way every call that was made. */
export type Asked<Answer> =
  | { readonly ok: true; readonly answer: Answer; readonly calls: readonly ModelCall[] }
  | {
      readonly ok: false;
      /** `unusable`: no rung gave an answer that fits. `overflow`: the prompt fits no model. */
      readonly why: 'unusable' | 'overflow' | 'refused';
      readonly message: string;
      readonly calls: readonly ModelCall[];
    };

/**
 * Asks, and climbs the ladder while no answer fits: asked again shorter, at another temperature, of a
 * larger model.
 *
 * @throws ModelUnavailableError when a model cannot be asked now
 * @throws OtherHostError when the first call belongs to another host than `options.host`
 * @throws the signal's reason when aborted
 */
export async function askModel<Answer>(
  question: ModelQuestion<Answer>,
  options: AskOptions,
): Promise<Asked<Answer>> {
  const { models, earlier } = options;
  const calls: ModelCall[] = [...earlier];
  let problem: string | null = null;
  let used = question.larger === true ? largerThan(models)?.id : undefined;
  for (const rung of ladder) {
    const model = rung.larger === true ? largerThan(models, used)?.id : used;
    if (rung.larger === true && model === undefined) break;
    const host = calls.length === earlier.length ? options.host : null;
    const number = calls.length + 1;
    const result: CallResult<Answer> = await callModel(question, options, {
      rung,
      problem,
      model,
      number,
      host,
    });
    if (result.kind === 'elsewhere') throw new OtherHostError(result.host);
    if (result.kind === 'overflow')
      return { ok: false, why: 'overflow', message: result.message, calls };
    const { call } = result;
    calls.push(call);
    if (result.kind === 'unavailable') throw new ModelUnavailableError(result.cause, calls);
    options.onCall?.(call);
    if (result.kind === 'refused')
      return { ok: false, why: 'refused', message: call.error ?? 'refused', calls };
    if (result.parsed.ok) return { ok: true, answer: result.parsed.answer, calls };
    used = call.model;
    problem = result.parsed.problem;
  }
  return { ok: false, why: 'unusable', message: problem ?? 'no answer', calls };
}
