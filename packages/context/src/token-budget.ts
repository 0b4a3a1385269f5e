import type { ModelProfile } from '@org/models';
import { InvalidContextRequestError } from './errors/request-errors.ts';

/** How the context part of a prompt is shared out, in tokens. What one slot leaves spills over to the others. */
export interface ContextSlots {
  /** Summary of the current module. */
  readonly module: number;
  /** Its code, related functions, and modules up to two levels away. */
  readonly related: number;
  readonly dependencies: number;
  readonly errors: number;
  readonly tests: number;
  /** Compressed events; where it is 0 they live on what the state summary leaves. */
  readonly history: number;
}

/** How a model's window is shared out, in tokens. All parts together are the window. */
export interface TokenBudget {
  readonly window: number;
  readonly system: number;
  readonly task: number;
  readonly context: ContextSlots;
  /** For the answer. */
  readonly generation: number;
  /** Kept free, for what a count misses. */
  readonly buffer: number;
}

interface Shares extends ContextSlots {
  readonly window: number;
  readonly system: number;
  readonly task: number;
  readonly generation: number;
}

const small: Shares = {
  window: 8_192,
  system: 500,
  task: 300,
  module: 300,
  related: 1_200,
  dependencies: 800,
  errors: 400,
  tests: 1_300,
  history: 0,
  generation: 2_500,
};

const medium: Shares = {
  window: 32_768,
  system: 500,
  task: 500,
  module: 500,
  related: 3_000,
  dependencies: 2_500,
  errors: 1_500,
  tests: 2_500,
  history: 2_000,
  generation: 15_000,
};

/**
 * Shares out a model's window.
 *
 * Fixed for windows of 8 192 and 32 768; linear between, in proportion outside. A profile with
 * another generation slot gives or takes the difference in proportion.
 */
export function tokenBudget(profile: ModelProfile): TokenBudget {
  const { contextWindow: window, maxOutputTokens: generation } = profile;
  if (!(window > 0) || !(generation < window))
    throw new InvalidContextRequestError(
      `a window of ${window} tokens cannot hold ${generation} tokens of answer and a prompt`,
    );
  const at = (part: keyof Shares) => interpolate(part, window);
  const stretch = (window - generation) / (window - at('generation'));
  const share = (part: keyof Shares) => Math.round(at(part) * stretch);
  const [system, task] = [share('system'), share('task')];
  const context: ContextSlots = {
    module: share('module'),
    related: share('related'),
    dependencies: share('dependencies'),
    errors: share('errors'),
    tests: share('tests'),
    history: share('history'),
  };
  const buffer = window - generation - system - task - contextTokens(context);
  return { window, system, task, context, generation, buffer };
}

/** The whole context slot. */
export function contextTokens(slots: ContextSlots): number {
  return (
    slots.module + slots.related + slots.dependencies + slots.errors + slots.tests + slots.history
  );
}

function interpolate(part: keyof Shares, window: number): number {
  if (window <= small.window) return (small[part] / small.window) * window;
  if (window >= medium.window) return (medium[part] / medium.window) * window;
  const along = (window - small.window) / (medium.window - small.window);
  return small[part] + along * (medium[part] - small[part]);
}
