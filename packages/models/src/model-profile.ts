/** Tokenizers that text is counted for; `other` is any model this package has no measurements of. */
export type ModelFamily = 'mistral' | 'qwen' | 'other';

/** What has to be known about a model before it is asked. */
export interface ModelProfile {
  /** The name the host knows it by, such as `mistral:7b`. */
  readonly id: string;
  readonly family: ModelFamily;
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number;
  /** Tokens an answer gets when nobody asks for another number: the generation slot of the budget. */
  readonly maxOutputTokens: number;
}

const known: readonly ModelProfile[] = [
  { id: 'mistral:7b', family: 'mistral', contextWindow: 8_192, maxOutputTokens: 2_500 },
  { id: 'qwen3:8b', family: 'qwen', contextWindow: 32_768, maxOutputTokens: 15_000 },
];

const familyPatterns: readonly (readonly [RegExp, ModelFamily])[] = [
  [/(^|\/)(mistral|mixtral|codestral|zephyr|openhermes)/i, 'mistral'],
  [/(^|\/)(qwen|qwq)/i, 'qwen'],
];

/**
 * The profile of a model: measured for `mistral:7b` and `qwen3:8b`, scaled for any other.
 *
 * Tags and quantisations of a known model (`mistral:7b-instruct-q4_0`) share its numbers.
 *
 * @param options.contextWindow Overrides the window; the answer's share scales with it. @default 8 192
 * @throws RangeError when a number is not a positive integer, or the answer would fill the window
 */
export function modelProfile(
  id: string,
  options: {
    readonly contextWindow?: number | undefined;
    readonly maxOutputTokens?: number | undefined;
    readonly family?: ModelFamily | undefined;
  } = {},
): ModelProfile {
  const base = known.find((profile) => id === profile.id || id.startsWith(`${profile.id}-`));
  const contextWindow = options.contextWindow ?? base?.contextWindow ?? 8_192;
  assertPositiveInteger('contextWindow', contextWindow);
  const maxOutputTokens = options.maxOutputTokens ?? generationShare(contextWindow);
  assertPositiveInteger('maxOutputTokens', maxOutputTokens);
  if (maxOutputTokens >= contextWindow)
    throw new RangeError(
      `maxOutputTokens ${maxOutputTokens} leaves no room for a prompt in a window of ${contextWindow}`,
    );
  const family = options.family ?? base?.family ?? familyOf(id);
  return Object.freeze({ id, family, contextWindow, maxOutputTokens });
}

/** The tokenizer family that a model's name suggests. */
export function familyOf(id: string): ModelFamily {
  return familyPatterns.find(([pattern]) => pattern.test(id))?.[1] ?? 'other';
}

/** 2 500 of 8 192 and 15 000 of 32 768; in proportion outside, linear between. */
function generationShare(window: number): number {
  if (window <= 8_192) return Math.max(1, Math.floor((2_500 / 8_192) * window));
  if (window >= 32_768) return Math.floor((15_000 / 32_768) * window);
  return Math.floor(2_500 + ((window - 8_192) / (32_768 - 8_192)) * 12_500);
}

function assertPositiveInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name} must be a positive integer, not ${value}`);
}
