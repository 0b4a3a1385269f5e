import { type AssembledContext, type ContextManager, isContextError } from '@org/context';
import type { ModelCall } from '@org/events';
import { type GenerateResult, isModelError } from '@org/models';
import { stepEventId } from '../decide/step-id.ts';
import type { Rung } from './ladder.ts';
import { orLeftBehind } from './left-behind.ts';
import { answerFaults, cutOff, isUnavailable } from './model-faults.ts';
import type { ModelQuestion, Parsed } from './model-question.ts';

/** Characters of an answer that cannot be used. */
const keptOfAnswer = 300;

/** What every call of a step shares. */
export interface CallOptions {
  readonly contexts: ContextManager;
  /** The id of the step; the calls' ids are made of it. */
  readonly stepId: string;
  readonly signal: AbortSignal;
  readonly onToken?: ((text: string) => void) | undefined;
}

/** How one call differs from the others of its step. */
export interface CallPlan {
  readonly rung: Rung;
  /** What was wrong with the last answer, told to the model. */
  readonly problem: string | null;
  /** Id of the preferred model. */
  readonly model: string | undefined;
  readonly number: number;
  /** The one host that may be asked; null: any. */
  readonly host: string | null;
}

export type CallResult<Answer> =
  | { readonly kind: 'answered'; readonly call: ModelCall; readonly parsed: Parsed<Answer> }
  /** The model takes no such question. */
  | { readonly kind: 'refused'; readonly call: ModelCall }
  | { readonly kind: 'unavailable'; readonly call: ModelCall; readonly cause: Error }
  /** The prompt fits no model; none was asked. */
  | { readonly kind: 'overflow'; readonly message: string }
  /** The model that the prompt goes to lives on another host; it was not asked. */
  | { readonly kind: 'elsewhere'; readonly host: string };

/**
 * Builds the context of one call, makes the call, and records it, failed or not.
 *
 * @throws the signal's reason when aborted
 */
export async function callModel<Answer>(
  question: ModelQuestion<Answer>,
  options: CallOptions,
  plan: CallPlan,
): Promise<CallResult<Answer>> {
  const { contexts, signal } = options;
  const context = await contexts
    .assemble(
      {
        ...question.request,
        instructions: instructionsFor(question, plan),
        ...(plan.model === undefined ? {} : { model: plan.model }),
      },
      { signal },
    )
    .catch((error: unknown) => {
      if (isContextError(error, 'CONTEXT_OVERFLOW')) return error.message;
      throw error;
    });
  if (typeof context === 'string') return { kind: 'overflow', message: context };
  const { host } = context.model;
  if (plan.host !== null && plan.host !== host) return { kind: 'elsewhere', host };
  const temperature = plan.rung.temperature ?? question.temperature ?? 0;
  const record = {
    callId: stepEventId(options.stepId, `call ${plan.number}`),
    signature: question.request.purpose,
    attempt: plan.number,
    temperature,
  };
  try {
    const answering = context.model.generate(
      {
        messages: context.messages,
        maxTokens: context.maxOutputTokens,
        temperature,
        think: false,
        ...(question.format === undefined ? {} : { format: question.format }),
        ...(options.onToken === undefined
          ? {}
          : { onToken: (delta) => options.onToken?.(delta.text) }),
      },
      { signal },
    );
    const result = await orLeftBehind(answering, signal);
    const parsed: Parsed<Answer> =
      result.finish === 'length'
        ? { ok: false, outcome: 'cut-off', problem: cutOff }
        : question.parse(result.text);
    const said = parsed.ok
      ? { outcome: 'ok', error: null }
      : { outcome: parsed.outcome, error: faultOf(parsed, result.text) };
    return { kind: 'answered', parsed, call: recorded(context, { ...record, ...said }, result) };
  } catch (error) {
    signal.throwIfAborted();
    if (!isModelError(error)) throw error;
    const said = { outcome: error.code, error: error.message };
    const call = recorded(context, { ...record, ...said }, null);
    if (isUnavailable(error.code)) return { kind: 'unavailable', call, cause: error };
    const problem = answerFaults[error.code];
    return problem === undefined
      ? { kind: 'refused', call }
      : { kind: 'answered', call, parsed: { ok: false, outcome: error.code, problem } };
  }
}

/** What was wrong with an answer. One that is no code at all can say why: its beginning is kept. */
function faultOf(
  { outcome, problem }: Extract<Parsed<unknown>, { ok: false }>,
  text: string,
): string {
  if (outcome !== 'malformed') return problem;
  return `${problem} It began: ${JSON.stringify(text.trim().slice(0, keptOfAnswer))}`;
}

function instructionsFor(question: ModelQuestion<unknown>, plan: CallPlan): string {
  const parts = [question.instructions];
  if (plan.problem !== null) parts.push(`Your last answer could not be used: ${plan.problem}`);
  if (plan.rung.shorter === true) parts.push(question.shorter);
  return parts.join('\n\n');
}

/** A call as it stands in the log; without a result it has failed. */
function recorded(
  context: AssembledContext,
  call: Pick<ModelCall, 'callId' | 'signature' | 'attempt' | 'temperature' | 'outcome' | 'error'>,
  result: GenerateResult | null,
): ModelCall {
  return {
    ...call,
    model: context.model.id,
    tokens: {
      estimated: context.tokens,
      prompt: result?.usage.promptTokens ?? null,
      completion: result?.usage.completionTokens ?? null,
      window: context.window,
    },
    durationMs: result?.durationMs ?? 0,
    prompt: context.record,
  };
}
