import type { ModelFamily } from '../model-profile.ts';
import type { TokenCounter } from '../token-counter.ts';
import { rememberedFeatures } from './remembered-features.ts';
import { type FeatureName, featureNames, type TextFeatures } from './text-features.ts';

type Weights = Readonly<Record<FeatureName, number>>;

/**
 * Tokens per feature, fitted by least squares of the relative error (none below zero) to the counts of
 * the real tokenizers on 800 pieces of 1 500 characters in 20 kinds of text; docs/decisions/0030.
 */
const weights: Readonly<Record<Exclude<ModelFamily, 'other'>, Weights>> = {
  mistral: {
    words: 1.224,
    longLetters: 0.614,
    humps: 1.602,
    capitals: 0.514,
    digits: 0.998,
    signRuns: 1.008,
    moreSigns: 0.111,
    newlines: 0.88,
    extraSpaces: 0.073,
    accents: 2.794,
    cjk: 1.1,
    hangul: 1.498,
    emoji: 2.233,
    joiners: 3.022,
    cyrillic: 0.436,
    otherScripts: 1.123,
    symbols: 1.133,
  },
  qwen: {
    words: 1.197,
    longLetters: 0.556,
    humps: 1.439,
    capitals: 0.289,
    digits: 1.075,
    signRuns: 0.589,
    moreSigns: 0.068,
    newlines: 0.426,
    extraSpaces: 0.049,
    accents: 1.532,
    cjk: 0.644,
    hangul: 0.873,
    emoji: 1.238,
    joiners: 1.339,
    cyrillic: 0.348,
    otherScripts: 0.446,
    symbols: 1.063,
  },
};

/**
 * Estimates tokens from what a text is made of: within ±20 % on prose, code and most scripts.
 *
 * Plain `length / 4` is off by up to 81 % on the same texts. For a family without measurements
 * (`other`) the higher of the known estimates counts, so that nothing overflows. Linear in the length,
 * the first time.
 */
export function estimatingCounter(family: ModelFamily): TokenCounter {
  return { exact: false, count };

  function count(text: string): number {
    return text === '' ? 0 : Math.max(1, Math.ceil(estimate(rememberedFeatures(text), family)));
  }
}

function estimate(features: TextFeatures, family: ModelFamily): number {
  if (family === 'other')
    return Math.max(estimate(features, 'mistral'), estimate(features, 'qwen'));
  return featureNames.reduce((sum, name) => sum + features[name] * weights[family][name], 0);
}
