import { type AssembleRequest, type ContextManager, isContextError } from '@org/context';
import type { ModelCall } from '@org/events';
import { isModelError, type LanguageModel } from '@org/models';
import { stepEventId } from './step.ts';

/** What an answer turned out to be. */
export type Parsed<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | {
      readonly ok: false;
      /** `malformed`, `elided`, `cut-off`, `invalid`. */
      readonly outcome: string;
      /** Shown to the model when it is asked again. */
      readonly problem: string;
    };

/** A question to a model, asked again in other ways until an answer fits. */
export interface ModelQuestion<Answer> {
  readonly request: Omit<AssembleRequest, 'instructions' | 'model'>;
  /** What to do and how to answer. */
  readonly instructions: string;
  /** Said instead of asking for length, when the first answer did not fit. */
  readonly shorter: string;
  readonly format?: Readonly<Record<string, unknown>>;
  /** @default 0 */
  readonly temperature?: number;
  /** Starts with the next larger model than usual, where there is one. @default false */
  readonly larger?: boolean;
  parse(text: string): Parsed<Answer>;
}

export interface AskOptions {
  readonly contexts: ContextManager;
  /** Smallest window first. */
  readonly models: readonly LanguageModel[];
  /** The id of the step; the calls' ids are made of it. */
  readonly stepId: string;
  /** Calls that earlier executions of this step made; the new ones are numbered behind them. */
  readonly earlier: readonly ModelCall[];
  readonly signal: AbortSignal;
  readonly onToken?: ((text: string) => void) | undefined;
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

/** No model could be asked: its host is away, busy, failing, or lacks the model. Asking later can help. */
export class ModelUnavailableError extends Error {
  readonly code = 'MODEL_UNAVAILABLE';
  /** Every call made so far, for the record. */
  readonly calls: readonly ModelCall[];

  constructor(cause: Error, calls: readonly ModelCall[]) {
    super(cause.message, { cause });
    this.name = 'ModelUnavailableError';
    this.calls = calls;
  }
}

interface Rung {
  readonly temperature?: number;
  readonly shorter?: boolean;
  readonly larger?: boolean;
}

/** The first call, then: shorter, at another temperature, with a larger model. */
const ladder: readonly Rung[] = [
  {},
  { shorter: true },
  { shorter: true, temperature: 0.7 },
  { larger: true },
];

const unavailable = new Set([
  'OLLAMA_UNAVAILABLE',
  'MODEL_BUSY',
  'MODEL_NOT_FOUND',
  'MODEL_SERVER_FAILED',
]);

/** Faults of one answer: asking in another way can give a better one. */
const answerFaults: Readonly<Record<string, string>> = {
  OUTPUT_LIMIT: 'Your answer was cut off because it was too long.',
  RESPONSE_INCOMPLETE: 'Your answer stopped before its end.',
  STREAM_CUT: 'Your answer stopped before its end.',
  STREAM_FAILED: 'Your answer stopped before its end.',
  MODEL_TIMEOUT: 'Your answer took too long.',
  PROMPT_TRUNCATED: 'The question was too long to be read whole.',
  PROMPT_TOO_LONG: 'The question was too long.',
};

/**
 * Asks, and climbs the ladder while no answer fits: asked again shorter, at another temperature, of a
 * larger model.
 *
 * @throws ModelUnavailableError when a model cannot be asked now
 * @throws the signal's reason when aborted
 */
export async function askModel<Answer>(
  question: ModelQuestion<Answer>,
  options: AskOptions,
): Promise<Asked<Answer>> {
  const calls: ModelCall[] = [...options.earlier];
  let problem: string | null = null;
  let used: string | undefined =
    question.larger === true ? largerThan(options.models, undefined) : undefined;
  for (const rung of ladder) {
    const model = rung.larger === true ? largerThan(options.models, used) : used;
    if (rung.larger === true && model === undefined) break;
    const asked: CallResult<Answer> = await callOnce(question, options, {
      rung,
      problem,
      model,
      number: calls.length + 1,
    }).catch((error: unknown) => {
      if (error instanceof CallFailed)
        throw new ModelUnavailableError(error.reason, [...calls, error.call]);
      throw error;
    });
    if ('overflow' in asked) return { ok: false, why: 'overflow', message: asked.overflow, calls };
    calls.push(asked.call);
    options.onCall?.(asked.call);
    used = asked.call.model;
    if (asked.parsed === null)
      return { ok: false, why: 'refused', message: asked.call.error ?? 'refused', calls };
    if (asked.parsed.ok) return { ok: true, answer: asked.parsed.answer, calls };
    problem = asked.parsed.problem;
  }
  return { ok: false, why: 'unusable', message: problem ?? 'no answer', calls };
}

class CallFailed extends Error {
  readonly reason: Error;
  readonly call: ModelCall;

  constructor(reason: Error, call: ModelCall) {
    super(reason.message, { cause: reason });
    this.reason = reason;
    this.call = call;
  }
}

interface CallPlan {
  readonly rung: Rung;
  readonly problem: string | null;
  readonly model: string | undefined;
  readonly number: number;
}

type CallResult<Answer> =
  | { readonly call: ModelCall; readonly parsed: Parsed<Answer> | null }
  | { readonly overflow: string };

async function callOnce<Answer>(
  question: ModelQuestion<Answer>,
  options: AskOptions,
  plan: CallPlan,
): Promise<CallResult<Answer>> {
  const context = await options.contexts
    .assemble(
      {
        ...question.request,
        instructions: instructionsFor(question, plan),
        ...(plan.model === undefined ? {} : { model: plan.model }),
      },
      { signal: options.signal },
    )
    .catch((error: unknown) => {
      if (isContextError(error, 'CONTEXT_OVERFLOW')) return error.message;
      throw error;
    });
  if (typeof context === 'string') return { overflow: context };
  const temperature = plan.rung.temperature ?? question.temperature ?? 0;
  const call = (
    outcome: string,
    rest: Pick<ModelCall, 'error' | 'durationMs'> & {
      readonly prompt: number | null;
      readonly completion: number | null;
    },
  ): ModelCall => ({
    callId: stepEventId(options.stepId, `call ${plan.number}`),
    model: context.model.id,
    signature: question.request.purpose,
    attempt: plan.number,
    outcome,
    error: rest.error,
    temperature,
    tokens: {
      estimated: context.tokens,
      prompt: rest.prompt,
      completion: rest.completion,
      window: context.window,
    },
    durationMs: rest.durationMs,
    prompt: context.record,
  });
  try {
    const result = await context.model.generate(
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
      { signal: options.signal },
    );
    const parsed: Parsed<Answer> =
      result.finish === 'length'
        ? { ok: false, outcome: 'cut-off', problem: answerFaults.OUTPUT_LIMIT ?? '' }
        : question.parse(result.text);
    return {
      parsed,
      call: call(parsed.ok ? 'ok' : parsed.outcome, {
        error: parsed.ok ? null : parsed.problem,
        durationMs: result.durationMs,
        prompt: result.usage.promptTokens,
        completion: result.usage.completionTokens,
      }),
    };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isModelError(error)) throw error;
    const failed = call(error.code, {
      error: error.message,
      durationMs: 0,
      prompt: null,
      completion: null,
    });
    if (unavailable.has(error.code)) throw new CallFailed(error, failed);
    const fault = answerFaults[error.code];
    return {
      call: failed,
      parsed: fault === undefined ? null : { ok: false, outcome: error.code, problem: fault },
    };
  }
}

function instructionsFor(question: ModelQuestion<unknown>, plan: CallPlan): string {
  const parts = [question.instructions];
  if (plan.problem !== null) parts.push(`Your last answer could not be used: ${plan.problem}`);
  if (plan.rung.shorter === true) parts.push(question.shorter);
  return parts.join('\n\n');
}

/** The next larger window than that of `id` (or of the smallest model), or undefined. */
function largerThan(models: readonly LanguageModel[], id: string | undefined): string | undefined {
  const window =
    models.find((model) => model.id === id)?.profile.contextWindow ??
    models[0]?.profile.contextWindow ??
    0;
  return models.find((model) => model.profile.contextWindow > window)?.id;
}
